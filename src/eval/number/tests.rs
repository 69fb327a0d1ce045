use proptest::prelude::*;

use super::natural::Natural;
use super::{Digits, Number};

fn n(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("no number: {text}"))
}

#[test]
fn a_number_takes_no_more_room_than_a_string() {
    assert!(std::mem::size_of::<Number>() <= 16);
}

#[test]
fn what_is_no_number_is_none() {
    for text in
        ["", "-", "+", ".", "e1", "1e", "1e+", "1.2.3", "0x1", " 1", "1 ", "--1", "+-1", "1_0", "inf", "NaN", "1e999999999999999999999"]
    {
        assert!(Number::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn sums_of_decimals_are_decimals() {
    let sum = n("0.1").add(&n("0.2")).unwrap();
    assert_eq!(sum, n("0.3"));
    assert_eq!(sum.to_string(), "0.3");
    assert_eq!(n("1e154").add(&n("1")).unwrap(), n(&format!("1{}1", "0".repeat(153))));
}

#[test]
fn what_is_too_large_is_given_up() {
    assert!(Number::parse("1e600").is_some());
    assert!(Number::parse("1e700").is_none());
    assert!(Number::parse("1e-700").is_none());
    assert!(Number::parse(&"9".repeat(100_000)).is_none());
    let mut large = n("1e300");
    while let Some(larger) = large.multiply(&large) {
        large = larger;
    }
    assert!(large.to_string().len() < 700);
    assert!(n("1").divide(&n("0")).is_none());
    assert_eq!(n("5").remainder(&n("0")), Some(n("5")));
}

proptest! {
    #[test]
    fn whole_numbers_are_exact(a in any::<i64>(), b in any::<i64>()) {
        let (a, b) = (i128::from(a), i128::from(b));
        let number = |value: i128| n(&value.to_string());
        prop_assert_eq!(number(a).add(&number(b)).unwrap().as_whole(), Some(a + b));
        prop_assert_eq!(number(a).subtract(&number(b)).unwrap().as_whole(), Some(a - b));
        prop_assert_eq!(number(a).multiply(&number(b)).unwrap().as_whole(), Some(a * b));
        prop_assert_eq!(number(a).partial_cmp(&number(b)), Some(a.cmp(&b)));
        prop_assert_eq!(number(a * b).to_string(), (a * b).to_string());
        if b != 0 {
            prop_assert_eq!(number(a).remainder(&number(b)).unwrap().as_whole(), Some(a % b));
        }
    }

    #[test]
    fn floats_are_written_as_rust_writes_them(value in any::<f64>().prop_filter("normal", |value| value.is_normal())) {
        let number = Number::float(value).unwrap();
        // Half way between two shortest texts Go takes the even one, and Rust the upper one: 258212211732271.125.
        prop_assert_eq!(number.to_string().parse::<f64>(), Ok(value));
        prop_assert_eq!(number.to_string().len(), value.to_string().len());
        prop_assert_eq!(number.as_f64(), value);
        prop_assert_eq!(n(&value.to_string()).as_f64(), value);
        let rounded = number.decimal(Digits::Fraction(3)).plain(Some(3));
        prop_assert_eq!(rounded, format!("{:.3}", value.abs()));
    }

    #[test]
    fn numbers_are_read_as_they_are_written(digits in "[1-9][0-9]{0,80}", exponent in -90_i32..60) {
        let number = n(&format!("{digits}e{exponent}"));
        prop_assert_eq!(n(&number.to_string()), number);
    }

    #[test]
    fn long_division_undoes_long_multiplication(digits in "[1-9][0-9]{0,200}", factor in 0..400_usize, bits in 0..200_usize, ones in 1..200_usize) {
        let natural = Natural::from_decimal(&digits).unwrap();
        // Divisors whose digits are nearly all ones, or begin with a single one, are those that are hard to guess by.
        let ones = Natural::new(1).shifted_left(ones).minus(&Natural::new(1)).shifted_left(bits).plus(&Natural::new(1));
        for divisor in [ones, Natural::power(5, factor), Natural::new(1).shifted_left(bits)] {
            let rest = divisor.minus(&Natural::new(1));
            let product = natural.times(&divisor).plus(&rest);
            prop_assert_eq!(product.divide(&divisor), (natural.clone(), rest));
        }
    }

    #[test]
    fn division_undoes_multiplication(a in any::<u128>(), b in 1..u128::MAX, rest in any::<u128>()) {
        let (a, b, rest) = (Natural::new(a), Natural::new(b), Natural::new(rest % b));
        let product = a.times(&b).plus(&rest);
        prop_assert_eq!(product.divide(&b), (a.clone(), rest.clone()));
        prop_assert_eq!(product.minus(&rest), a.times(&b));
        prop_assert_eq!(Natural::from_decimal(&product.to_decimal()), Some(product.clone()));
        prop_assert_eq!(product.shifted_left(77).shifted_right(77), product);
    }
}

#[test]
fn half_way_between_two_texts_the_even_one_is_written() {
    assert_eq!(Number::float(-258_212_211_732_271.13).unwrap().to_string(), "-258212211732271.12");
}
