//! Addresses and networks of IP, in the two ways in which they are written: as conditions of IAM have them, and as functions of Terraform do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// A value of an IP address operator: a network in CIDR form, `203.0.113.0/24`, or one address alone (IAM User Guide, "IP address condition
/// operators": "defaults to /32").
pub fn of_condition(text: &str) -> Option<IpNet> {
    match text.split_once('/') {
        Some((address, prefix)) => network(address.parse().ok()?, prefix),
        None => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// What Terraform's functions of networks take, which is CIDR form alone, by its first address.
pub fn of_terraform(text: &str) -> Option<IpNet> {
    let (address, prefix) = text.split_once('/')?;
    network(terraform_address(address)?, prefix).map(|network| network.trunc())
}

/// An address as Terraform's functions take it, which read zeros before an octet as decimal.
pub fn terraform_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok();
    }
    let octet = |text: &str| text.parse::<u8>().ok().filter(|_| !text.starts_with('+'));
    let octets: Vec<u8> = text.split('.').map(octet).collect::<Option<_>>()?;
    Some(IpAddr::from(<[u8; 4]>::try_from(octets).ok()?))
}

fn network(address: IpAddr, prefix: &str) -> Option<IpNet> {
    let prefix = prefix.parse().ok().filter(|_| !prefix.starts_with('+'))?;
    IpNet::new(address, prefix).ok()
}

/// An address as a number.
pub fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of the same family as `model` that is this number.
pub fn like(model: IpAddr, bits: u128) -> Option<IpAddr> {
    match model {
        IpAddr::V4(_) => Some(IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits).ok()?))),
        IpAddr::V6(_) => Some(IpAddr::V6(Ipv6Addr::from_bits(bits))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_have_networks_and_addresses() {
        let has = |network: &str, address: &str| of_condition(network).unwrap().contains(&address.parse::<IpAddr>().unwrap());
        assert!(has("203.0.113.0/24", "203.0.113.255") && !has("203.0.113.0/24", "203.0.114.0"));
        assert!(has("203.0.113.9", "203.0.113.9") && has("0.0.0.0/0", "1.2.3.4") && !has("0.0.0.0/0", "::1"));
        assert!(has("2001:DB8:1234:5678::/64", "2001:db8:1234:5678::9") && has("::/0", "ff::") && !has("::1", "::2"));
        let none = ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "010.0.0.0/8", "::/129", "10.0.0.0/8 "];
        assert!(none.iter().all(|text| of_condition(text).is_none()));
    }

    #[test]
    fn terraform_reads_zeros_and_takes_the_first_address() {
        let shown = |text: &str| of_terraform(text).map(|network| network.to_string());
        assert_eq!(shown("010.1.2.3/08").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(shown("2001:db8::1/32").as_deref(), Some("2001:db8::/32"));
        assert!(
            ["10.0.0.0", "10.0.0/8", "10.0.0.0.0/8", "10.0.0./8", "256.0.0.0/8", "1::2::3/8", "::/+8", "::/129"]
                .map(shown)
                .iter()
                .all(Option::is_none)
        );
    }

    #[test]
    fn numbers_are_addresses_of_one_family() {
        let (four, six) = ("255.255.255.255".parse().unwrap(), "::1:0:0".parse().unwrap());
        assert_eq!((bits(four), like(four, bits(four) + 1)), (u128::from(u32::MAX), None));
        assert_eq!(like(six, u128::from(u32::MAX) + 1), Some(six));
    }
}
