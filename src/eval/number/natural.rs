//! Natural numbers of any size: as much arithmetic as Terraform's numbers need.

use std::cmp::Ordering;

/// Digits to the base 2^32, the least first, without zeros at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Natural(Vec<u32>);

const BITS: usize = 32;
/// As many decimal digits as fit into one of the digits above.
const CHUNK: usize = 9;
const CHUNK_SIZE: u32 = 1_000_000_000;

impl Natural {
    pub fn new(value: u128) -> Natural {
        Natural((0..4).map(|index| (value >> (index * BITS)) as u32).collect()).trimmed()
    }

    fn trimmed(mut self) -> Natural {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_odd(&self) -> bool {
        self.bit(0)
    }

    /// How many bits it takes; none for zero.
    pub fn length(&self) -> usize {
        self.0.last().map_or(0, |last| self.0.len() * BITS - last.leading_zeros() as usize)
    }

    pub fn bit(&self, index: usize) -> bool {
        self.0.get(index / BITS).is_some_and(|digit| digit >> (index % BITS) & 1 == 1)
    }

    pub fn trailing_zeros(&self) -> usize {
        let zeros = self.0.iter().take_while(|digit| **digit == 0).count();
        self.0.get(zeros).map_or(0, |digit| zeros * BITS + digit.trailing_zeros() as usize)
    }

    pub fn to_u128(&self) -> Option<u128> {
        let sum = |sum: u128, digit: &u32| sum << BITS | u128::from(*digit);
        (self.length() <= 128).then(|| self.0.iter().rev().fold(0, sum))
    }

    /// Times `factor` plus `addend`.
    fn extend(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= BITS;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Divides by `divisor`, which is not zero, and gives what remains.
    fn reduce(&mut self, divisor: u32) -> u32 {
        let mut rest = 0_u64;
        for digit in self.0.iter_mut().rev() {
            rest = rest << BITS | u64::from(*digit);
            *digit = (rest / u64::from(divisor)) as u32;
            rest %= u64::from(divisor);
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        rest as u32
    }

    /// Nothing if there is another character than a digit below `base`, or none at all.
    pub fn parse(digits: impl Iterator<Item = Option<u32>>, base: u32) -> Option<Natural> {
        let mut number = Natural::default();
        let mut any = false;
        for digit in digits {
            number.extend(base, digit.filter(|digit| *digit < base)?);
            any = true;
        }
        any.then(|| number.trimmed())
    }

    pub fn from_decimal(text: &str) -> Option<Natural> {
        let mut number = Natural::default();
        for chunk in text.as_bytes().chunks(CHUNK) {
            let value = chunk.iter().try_fold(0, |value: u32, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))?;
            number.extend(10_u32.pow(chunk.len() as u32), value);
        }
        (!text.is_empty()).then(|| number.trimmed())
    }

    pub fn to_decimal(&self) -> String {
        let mut rest = self.clone();
        let mut chunks = Vec::new();
        while !rest.is_zero() {
            chunks.push(rest.reduce(CHUNK_SIZE));
        }
        let Some(first) = chunks.pop() else { return "0".to_owned() };
        chunks.iter().rev().fold(first.to_string(), |text, chunk| format!("{text}{chunk:09}"))
    }

    /// Digits to the base 2, 8 or 16: `bits` of them is 1, 3 or 4.
    pub fn to_power_of_two(&self, bits: usize) -> String {
        let digit = |index: usize| (0..bits).fold(0, |digit, bit| digit | u32::from(self.bit(index * bits + bit)) << bit);
        let count = self.length().div_ceil(bits).max(1);
        (0..count).rev().filter_map(|index| char::from_digit(digit(index), 16)).collect()
    }

    pub fn plus(&self, other: &Natural) -> Natural {
        let mut sum = Vec::with_capacity(self.0.len().max(other.0.len()) + 1);
        let mut carry = 0_u64;
        for index in 0..self.0.len().max(other.0.len()) {
            carry += u64::from(self.digit(index)) + u64::from(other.digit(index));
            sum.push(carry as u32);
            carry >>= BITS;
        }
        sum.push(carry as u32);
        Natural(sum).trimmed()
    }

    fn digit(&self, index: usize) -> u32 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// `other` is not larger.
    pub fn minus(&self, other: &Natural) -> Natural {
        let mut difference = Vec::with_capacity(self.0.len());
        let mut borrowed = false;
        for (index, digit) in self.0.iter().enumerate() {
            let (digit, first) = digit.overflowing_sub(other.digit(index));
            let (digit, second) = digit.overflowing_sub(u32::from(borrowed));
            borrowed = first || second;
            difference.push(digit);
        }
        Natural(difference).trimmed()
    }

    pub fn times(&self, other: &Natural) -> Natural {
        let mut product = vec![0_u32; self.0.len() + other.0.len()];
        for (shift, factor) in self.0.iter().enumerate() {
            let mut carry = 0_u64;
            let places = product.iter_mut().skip(shift);
            for (place, digit) in places.zip(other.0.iter().chain(std::iter::once(&0))) {
                carry += u64::from(*place) + u64::from(*factor) * u64::from(*digit);
                *place = carry as u32;
                carry >>= BITS;
            }
        }
        Natural(product).trimmed()
    }

    /// The quotient and what remains; `divisor` is not zero. Knuth's algorithm D (The Art of Computer Programming, 4.3.1).
    pub fn divide(&self, divisor: &Natural) -> (Natural, Natural) {
        let length = divisor.0.len();
        if self < divisor {
            return (Natural::default(), self.clone());
        }
        if let [single] = divisor.0.as_slice() {
            let mut quotient = self.clone();
            let rest = quotient.reduce(*single);
            return (quotient, Natural::new(rest.into()));
        }
        // The divisor's first bit is one, so that its first two digits nearly tell each digit of the quotient.
        let shift = divisor.0.last().map_or(0, |last| last.leading_zeros() as usize);
        let divisor = divisor.shifted_left(shift);
        let mut rest = self.shifted_left(shift).0;
        rest.resize(self.0.len() + 1, 0);
        let (first, second) = (u64::from(divisor.digit(length - 1)), u64::from(divisor.digit(length - 2)));
        let at = |rest: &[u32], index: usize| u64::from(rest.get(index).copied().unwrap_or(0));
        let mut quotient = vec![0; rest.len() - length];
        for (place, digit) in quotient.iter_mut().enumerate().rev() {
            let top = at(&rest, place + length) << BITS | at(&rest, place + length - 1);
            let (mut guess, mut remains) = (top / first, top % first);
            while remains >> BITS == 0 && (guess >> BITS > 0 || guess * second > (remains << BITS | at(&rest, place + length - 2))) {
                guess -= 1;
                remains += first;
            }
            if subtract(&mut rest, place, &divisor, guess) {
                guess -= 1;
                add_back(&mut rest, place, &divisor);
            }
            *digit = guess as u32;
        }
        (Natural(quotient).trimmed(), Natural(rest).trimmed().shifted_right(shift))
    }

    pub fn power(base: u32, exponent: usize) -> Natural {
        let mut power = Natural::new(1);
        // As many factors at once as fit into a digit.
        let together = base.checked_ilog2().map_or(1, |bits| BITS / (bits as usize + 1)).max(1);
        (0..exponent / together).for_each(|_| power.extend(base.pow(together as u32), 0));
        (0..exponent % together).for_each(|_| power.extend(base, 0));
        power
    }

    pub fn shifted_left(&self, bits: usize) -> Natural {
        let (digits, bits) = (bits / BITS, bits % BITS);
        let mut shifted = vec![0; digits];
        let mut carry = 0_u64;
        for digit in &self.0 {
            carry |= u64::from(*digit) << bits;
            shifted.push(carry as u32);
            carry >>= BITS;
        }
        shifted.push(carry as u32);
        Natural(shifted).trimmed()
    }

    pub fn shifted_right(&self, bits: usize) -> Natural {
        let (digits, bits) = (bits / BITS, bits % BITS);
        let low = self.0.iter().skip(digits);
        let high = self.0.iter().skip(digits + 1).chain(std::iter::once(&0));
        let joined = low.zip(high).map(|(low, high)| ((u64::from(*high) << BITS | u64::from(*low)) >> bits) as u32);
        Natural(joined.collect()).trimmed()
    }
}

/// Takes `factor` times the divisor from the digits that begin at `place`; says whether that was once too often.
fn subtract(rest: &mut [u32], place: usize, divisor: &Natural, factor: u64) -> bool {
    let (mut carry, mut borrowed) = (0_u64, false);
    let digits = divisor.0.iter().chain(std::iter::once(&0));
    for (slot, digit) in rest.iter_mut().skip(place).zip(digits) {
        carry += factor * u64::from(*digit);
        let (difference, first) = slot.overflowing_sub(carry as u32);
        let (difference, second) = difference.overflowing_sub(u32::from(borrowed));
        borrowed = first || second;
        *slot = difference;
        carry >>= BITS;
    }
    borrowed
}

fn add_back(rest: &mut [u32], place: usize, divisor: &Natural) {
    let mut carry = 0_u64;
    let digits = divisor.0.iter().chain(std::iter::once(&0));
    for (slot, digit) in rest.iter_mut().skip(place).zip(digits) {
        carry += u64::from(*slot) + u64::from(*digit);
        *slot = carry as u32;
        carry >>= BITS;
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Natural) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Natural) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}
