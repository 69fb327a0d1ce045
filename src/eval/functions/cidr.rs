//! Address blocks.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/cidrsubnet> and its neighbours.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{ANY, Call, Function, Outcome, function};
use crate::eval::number::Number;
use crate::eval::value::Value;

pub const TABLE: &[Function] = &[
    function("cidrcontains", 2, 2, cidrcontains),
    function("cidrhost", 2, 2, cidrhost),
    function("cidrnetmask", 1, 1, cidrnetmask),
    function("cidrsubnet", 3, 3, cidrsubnet),
    function("cidrsubnets", 1, ANY, cidrsubnets),
];

/// The first address of the block, and how many of how many bits are its prefix.
#[derive(Clone, Copy)]
struct Block {
    address: u128,
    prefix: u32,
    bits: u32,
}

impl Block {
    fn parse(text: &str) -> Option<Block> {
        let (address, prefix) = text.split_once('/')?;
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let prefix: u32 = prefix.parse().ok()?;
        let (address, bits) = match parse_v4(address) {
            Some(address) => (u128::from(address), 32),
            None => (address.parse::<Ipv6Addr>().ok()?.to_bits(), 128),
        };
        (prefix <= bits).then(|| Block { address, prefix, bits }.masked())
    }

    fn mask(&self) -> u128 {
        let all = if self.bits == 128 { u128::MAX } else { (1 << self.bits) - 1 };
        all & !low_bits(self.bits - self.prefix)
    }

    fn masked(self) -> Block {
        Block { address: self.address & self.mask(), ..self }
    }

    fn show_address(&self, address: u128) -> String {
        match u32::try_from(address) {
            Ok(address) if self.bits == 32 => Ipv4Addr::from_bits(address).to_string(),
            _ => Ipv6Addr::from_bits(address).to_string(),
        }
    }

    fn show(&self) -> String {
        format!("{}/{}", self.show_address(self.address), self.prefix)
    }
}

fn low_bits(count: u32) -> u128 {
    if count >= 128 { u128::MAX } else { (1 << count) - 1 }
}

/// Terraform accepts zeros before an octet and reads it as decimal.
fn parse_v4(text: &str) -> Option<u32> {
    let mut address = 0;
    let mut count = 0;
    for octet in text.split('.') {
        if octet.is_empty() || !octet.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        address = address << 8 | u32::from(octet.parse::<u8>().ok()?);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some(address)
}

fn block(call: &Call) -> Outcome<Block> {
    let text = call.text(0)?;
    Block::parse(&text).ok_or_else(|| call.fail(format!("invalid CIDR expression: invalid CIDR address: {text}")))
}

fn cidrhost(call: &Call) -> Outcome {
    let block = block(call)?;
    let number = call.number(1)?;
    let size = number.whole_digits(10).ok_or_else(|| call.wrong("whole number"))?.parse::<u128>().unwrap_or(u128::MAX);
    let last = low_bits(block.bits - block.prefix);
    let host = if number < Number::whole(0) { size.checked_sub(1).and_then(|size| last.checked_sub(size)) } else { Some(size) };
    match host.filter(|host| *host <= last) {
        Some(host) => call.string(block.show_address(block.address | host)),
        None => Err(call.fail(format!("prefix of {} does not accommodate a host numbered {number}", block.prefix))),
    }
}

/// OpenTofu's: whether an address, or a whole block, lies in a block.
fn cidrcontains(call: &Call) -> Outcome {
    let block = block(call)?;
    let text = call.text(1)?;
    let address = parse_v4(&text).map(|address| (u128::from(address), 32));
    let address = address.or_else(|| text.parse::<Ipv6Addr>().ok().map(|address| (address.to_bits(), 128)));
    let inner = match address {
        Some((address, bits)) => Some(Block { address, prefix: bits, bits }),
        None => Block::parse(&text),
    };
    let inner = inner.ok_or_else(|| call.fail(format!("invalid IP address or prefix: {text}")))?;
    if inner.bits != block.bits {
        return Err(call.fail("address family mismatch"));
    }
    call.bool(inner.prefix >= block.prefix && inner.address & block.mask() == block.address)
}

fn cidrnetmask(call: &Call) -> Outcome {
    let block = block(call)?;
    if block.bits != 32 {
        return Err(call.fail("IPv6 addresses cannot have a netmask"));
    }
    call.string(block.show_address(block.mask()))
}

fn cidrsubnet(call: &Call) -> Outcome {
    let block = block(call)?;
    let (new_bits, number) = (call.whole(1)?, call.whole(2)?);
    let prefix = i128::from(block.prefix).checked_add(new_bits).and_then(|prefix| u32::try_from(prefix).ok());
    let Some(prefix) = prefix.filter(|prefix| *prefix <= block.bits) else {
        return Err(call.fail(format!("insufficient address space to extend prefix of {} by {new_bits}", block.prefix)));
    };
    let room = u32::try_from(new_bits).map_or(0, low_bits);
    let Some(number) = u128::try_from(number).ok().filter(|number| *number <= room) else {
        return Err(call.fail(format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}")));
    };
    let shifted = number.checked_shl(block.bits - prefix).unwrap_or(0);
    call.string(Block { address: block.address | shifted, prefix, bits: block.bits }.masked().show())
}

/// Blocks of different sizes one after the other, each aligned to its own size.
fn cidrsubnets(call: &Call) -> Outcome {
    let block = block(call)?;
    let end = block.address | low_bits(block.bits - block.prefix);
    let mut next = Some(block.address);
    let mut items = Vec::new();
    for index in 1..call.count() {
        let new_bits = call.whole(index)?;
        let extended = u32::try_from(new_bits).ok().filter(|bits| (1..=32).contains(bits)).map(|bits| block.prefix + bits);
        let Some(prefix) = extended.filter(|prefix| *prefix <= block.bits) else {
            return Err(call.fail("must extend prefix by at least one bit, within the address space"));
        };
        let low = low_bits(block.bits - prefix);
        let start = next.and_then(|next| next.checked_add(low)).map(|next| next & !low);
        let Some(start) = start.filter(|start| *start <= end) else {
            return Err(call.fail("not enough remaining address space for a subnet"));
        };
        next = (start | low).checked_add(1);
        items.push(Value::string(Block { address: start, prefix, bits: block.bits }.show(), call.span));
    }
    call.give_list(items, None)
}
