//! Addresses of channels: what can be one, how much of it is shown, and which machines the server may be sent
//! to. The server speaks to addresses that people type in; it must not become their way into its own network.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longer addresses are nobody's.
const URL_BYTES_MAX: usize = 1_000;
/// RFC 5321 §4.5.3.1.
const MAILBOX_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;

/// Whether this is one plain mailbox. Quoted and international local parts are refused: no organisation here
/// has one, and every character that could end a line or a command stays out.
pub fn is_mailbox(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else {
        return false;
    };
    let is_atom =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let is_local = !local.is_empty()
        && local.len() <= LOCAL_BYTES_MAX
        && local.bytes().all(is_atom)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    is_local && text.len() <= MAILBOX_BYTES_MAX && is_host_name(host) && host.contains('.')
}

fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.split('.').all(is_label)
}

/// Whether the server may be told to speak HTTP to this: encrypted (unless `may_be_plain`), without user name
/// and fragment, and without anything that two readers of an address could read differently.
pub fn is_url(text: &str, may_be_plain: bool) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://").filter(|_| may_be_plain));
    let Some(rest) = rest else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let is_clean = |byte: u8| byte.is_ascii_graphic() && !b"\\#<>\"`{}|^".contains(&byte);
    !authority.is_empty()
        && !authority.contains('@')
        && text.len() <= URL_BYTES_MAX
        && text.bytes().all(is_clean)
}

/// Whether the query of an address gives this name a value.
pub fn has_value(url: &str, name: &str) -> bool {
    let Some((_, query)) = url.split_once('?') else {
        return false;
    };
    query.split('&').any(|pair| {
        pair.split_once('=')
            .is_some_and(|(key, value)| key == name && !value.is_empty())
    })
}

/// As much of an address as may be shown: of a mailbox all, of a URL everything before its query, because what
/// comes there is the key of a robot.
pub fn shown(address: &str) -> String {
    match address.split_once('?') {
        Some((before, _)) if address.contains("://") => format!("{before}?…"),
        _ => address.to_owned(),
    }
}

/// Whether this is a machine of the public internet: not the server itself, nothing of a network around it, and
/// nothing that stands for such an address in another form.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    /// Special purposes (RFC 6890 and its registry), as network and bits.
    const SPECIAL: [([u8; 4], u32); 15] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    let address = u32::from(address);
    !SPECIAL.iter().any(|(network, bits)| {
        let apart = address ^ u32::from(Ipv4Addr::from(*network));
        apart.leading_zeros() >= *bits
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is given out to networks.
    let is_global = first & 0xe000 == 0x2000;
    // 2001::/23 serves protocols (among them Teredo, which carries an address inside), 2001:db8::/32 and
    // 3fff::/20 books, and 2002::/16 carries an IPv4 address inside.
    let is_special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("duty@example.cn", true)]
    #[case("a.b+c@mail.sz.gov.cn", true)]
    #[case("", false)]
    #[case("duty", false)]
    #[case("@example.cn", false)]
    #[case("duty@", false)]
    #[case("duty@localhost", false)]
    #[case("duty@@example.cn", false)]
    #[case("a b@example.cn", false)]
    #[case("a@example.cn\r\nRCPT TO:<b@example.cn>", false)]
    #[case("a@example.cn,b@example.cn", false)]
    #[case("<a@example.cn>", false)]
    #[case(".a@example.cn", false)]
    #[case("a..b@example.cn", false)]
    #[case("a@-example.cn", false)]
    #[case("值班@example.cn", false)]
    fn one_plain_mailbox(#[case] text: &str, #[case] is: bool) {
        assert_eq!(is_mailbox(text), is, "{text}");
    }

    #[test]
    fn a_mailbox_is_as_long_as_mail_servers_take_it() {
        let of = |local: usize| format!("{}@example.cn", "a".repeat(local));
        assert!(is_mailbox(&of(64)));
        assert!(!is_mailbox(&of(65)));
    }

    #[rstest]
    #[case("https://example.cn/hook", true, true)]
    #[case("https://example.cn", true, true)]
    #[case("https://example.cn:8443/a?b=c", true, true)]
    #[case("http://example.cn/", false, true)]
    #[case("ftp://example.cn/", false, false)]
    #[case("https://", false, false)]
    #[case("https:///a", false, false)]
    #[case("https://user:pw@example.cn/", false, false)]
    #[case("https://example.cn\\@evil.cn/", false, false)]
    #[case("https://example.cn/#a", false, false)]
    #[case("https://exa mple.cn/", false, false)]
    #[case("https://example.cn/\r\nHost: b", false, false)]
    #[case("https://例子.cn/", false, false)]
    #[case("HTTPS://example.cn/", false, false)]
    fn urls(#[case] text: &str, #[case] is: bool, #[case] is_if_plain: bool) {
        assert_eq!(is_url(text, false), is, "{text}");
        assert_eq!(is_url(text, true), is_if_plain, "{text}");
    }

    #[test]
    fn a_url_has_an_end() {
        let of = |bytes: usize| format!("https://example.cn/{}", "a".repeat(bytes - 19));
        assert!(is_url(&of(1_000), false));
        assert!(!is_url(&of(1_001), false));
    }

    #[test]
    fn the_key_of_a_robot_is_found_and_not_shown() {
        let url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6";
        assert!(has_value(url, "key"));
        assert!(!has_value(url, "access_token"));
        assert!(!has_value("https://a.cn/?key=", "key"));
        assert!(!has_value("https://a.cn/key=1", "key"));
        assert_eq!(
            shown(url),
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?…"
        );
        assert_eq!(shown("https://a.cn/hook"), "https://a.cn/hook");
        assert_eq!(shown("duty?@example.cn"), "duty?@example.cn");
    }

    /// Each network at both ends: the last address before it, its first, its last, the first after it.
    #[rstest]
    #[case("0.0.0.0", "0.255.255.255")]
    #[case("10.0.0.0", "10.255.255.255")]
    #[case("100.64.0.0", "100.127.255.255")]
    #[case("127.0.0.0", "127.255.255.255")]
    #[case("169.254.0.0", "169.254.255.255")]
    #[case("172.16.0.0", "172.31.255.255")]
    #[case("192.0.0.0", "192.0.0.255")]
    #[case("192.0.2.0", "192.0.2.255")]
    #[case("192.88.99.0", "192.88.99.255")]
    #[case("192.168.0.0", "192.168.255.255")]
    #[case("198.18.0.0", "198.19.255.255")]
    #[case("198.51.100.0", "198.51.100.255")]
    #[case("203.0.113.0", "203.0.113.255")]
    #[case("224.0.0.0", "255.255.255.255")]
    fn no_special_network_is_public(#[case] first: Ipv4Addr, #[case] last: Ipv4Addr) {
        let v6 = |address: Ipv4Addr| IpAddr::V6(address.to_ipv6_mapped());
        for inside in [first, last] {
            assert!(!is_public(inside.into()), "{inside}");
            assert!(!is_public(v6(inside)), "{inside}");
        }
        let before = u32::from(first).checked_sub(1).map(Ipv4Addr::from);
        let after = u32::from(last).checked_add(1).map(Ipv4Addr::from);
        for outside in before.into_iter().chain(after) {
            assert!(is_public(outside.into()), "{outside}");
            assert!(is_public(v6(outside)), "{outside}");
        }
    }

    #[rstest]
    #[case("::", false)]
    #[case("::1", false)]
    #[case("::7f00:1", false)]
    #[case("fe80::1", false)]
    #[case("fc00::1", false)]
    #[case("fd12:3456::1", false)]
    #[case("ff02::1", false)]
    #[case("64:ff9b::a00:1", false)]
    #[case("2001::1", false)]
    #[case("2001:1ff:ffff::1", false)]
    #[case("2001:200::1", true)]
    #[case("2001:db8::1", false)]
    #[case("2001:db9::1", true)]
    #[case("2002:7f00:1::1", false)]
    #[case("2003::1", true)]
    #[case("2408:4005::1", true)]
    #[case("3fff:fff::1", false)]
    #[case("3fff:1000::1", true)]
    #[case("1fff::1", false)]
    #[case("4000::1", false)]
    fn of_ipv6_only_what_is_given_out(#[case] address: Ipv6Addr, #[case] is: bool) {
        assert_eq!(is_public(address.into()), is, "{address}");
    }
}
