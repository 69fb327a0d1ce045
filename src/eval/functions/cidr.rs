//! Address blocks.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/cidrsubnet> and its neighbours.

use ipnet::IpNet;

use super::{ANY, Call, Function, Outcome, function};
use crate::eval::number::Number;
use crate::eval::value::Value;
use crate::network::{self, bits};

pub const TABLE: &[Function] = &[
    function("cidrcontains", 2, 2, cidrcontains),
    function("cidrhost", 2, 2, cidrhost),
    function("cidrnetmask", 1, 1, cidrnetmask),
    function("cidrsubnet", 3, 3, cidrsubnet),
    function("cidrsubnets", 1, ANY, cidrsubnets),
];

fn block(call: &Call) -> Outcome<IpNet> {
    let text = call.text(0)?;
    network::of_terraform(&text).ok_or_else(|| call.fail(format!("invalid CIDR expression: invalid CIDR address: {text}")))
}

/// The part of a network whose first address is `first`.
fn part(call: &Call, network: IpNet, first: u128, prefix: u8) -> Outcome<IpNet> {
    let part = network::like(network.addr(), first).and_then(|first| IpNet::new(first, prefix).ok());
    part.ok_or_else(|| call.fail("not enough remaining address space for a subnet"))
}

/// The lowest bits of an address, as many as a prefix leaves for hosts.
fn host_bits(network: IpNet, prefix: u8) -> u128 {
    low_bits(u32::from(network.max_prefix_len() - prefix))
}

fn low_bits(count: u32) -> u128 {
    if count >= 128 { u128::MAX } else { (1 << count) - 1 }
}

fn cidrhost(call: &Call) -> Outcome {
    let block = block(call)?;
    let number = call.number(1)?;
    let size = number.whole_digits(10).ok_or_else(|| call.wrong("whole number"))?.parse::<u128>().unwrap_or(u128::MAX);
    let last = host_bits(block, block.prefix_len());
    let host = if number < Number::whole(0) { size.checked_sub(1).and_then(|size| last.checked_sub(size)) } else { Some(size) };
    match host.filter(|host| *host <= last).and_then(|host| network::like(block.addr(), bits(block.addr()) | host)) {
        Some(host) => call.string(host.to_string()),
        None => Err(call.fail(format!("prefix of {} does not accommodate a host numbered {number}", block.prefix_len()))),
    }
}

/// OpenTofu's: whether an address, or a whole block, lies in a block.
fn cidrcontains(call: &Call) -> Outcome {
    let block = block(call)?;
    let text = call.text(1)?;
    let inner = network::terraform_address(&text).map(IpNet::from).or_else(|| network::of_terraform(&text));
    let inner = inner.ok_or_else(|| call.fail(format!("invalid IP address or prefix: {text}")))?;
    if inner.addr().is_ipv4() != block.addr().is_ipv4() {
        return Err(call.fail("address family mismatch"));
    }
    call.bool(block.contains(&inner))
}

fn cidrnetmask(call: &Call) -> Outcome {
    let block = block(call)?;
    if !block.addr().is_ipv4() {
        return Err(call.fail("IPv6 addresses cannot have a netmask"));
    }
    call.string(block.netmask().to_string())
}

fn cidrsubnet(call: &Call) -> Outcome {
    let block = block(call)?;
    let (new_bits, number) = (call.whole(1)?, call.whole(2)?);
    let prefix = i128::from(block.prefix_len()).checked_add(new_bits).and_then(|prefix| u8::try_from(prefix).ok());
    let Some(prefix) = prefix.filter(|prefix| *prefix <= block.max_prefix_len()) else {
        return Err(call.fail(format!("insufficient address space to extend prefix of {} by {new_bits}", block.prefix_len())));
    };
    let room = u32::try_from(new_bits).map_or(0, low_bits);
    let Some(number) = u128::try_from(number).ok().filter(|number| *number <= room) else {
        return Err(call.fail(format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}")));
    };
    let shifted = number.checked_shl(u32::from(block.max_prefix_len() - prefix)).unwrap_or(0);
    call.string(part(call, block, bits(block.addr()) | shifted, prefix)?.trunc().to_string())
}

/// Blocks of different sizes one after the other, each aligned to its own size.
fn cidrsubnets(call: &Call) -> Outcome {
    let block = block(call)?;
    let end = bits(block.broadcast());
    let mut next = Some(bits(block.addr()));
    let mut items = Vec::new();
    for index in 1..call.count() {
        let new_bits = call.whole(index)?;
        let extended = u8::try_from(new_bits).ok().filter(|bits| (1..=32).contains(bits)).map(|bits| block.prefix_len() + bits);
        let Some(prefix) = extended.filter(|prefix| *prefix <= block.max_prefix_len()) else {
            return Err(call.fail("must extend prefix by at least one bit, within the address space"));
        };
        let low = host_bits(block, prefix);
        let start = next.and_then(|next| next.checked_add(low)).map(|next| next & !low);
        let Some(start) = start.filter(|start| *start <= end) else {
            return Err(call.fail("not enough remaining address space for a subnet"));
        };
        next = (start | low).checked_add(1);
        items.push(Value::string(part(call, block, start, prefix)?.to_string(), call.span));
    }
    call.give_list(items, None)
}
