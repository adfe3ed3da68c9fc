//! Where in the site our pages and calls are.

/// The path below which everything of ours is, but for the webhook; nothing in front of it by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mount(String);

/// What is ours within the mount point.
const OURS: [&str; 6] = ["/billing", "/admin", "/api/v1", "/healthz", "/readyz", "/metrics"];

impl Mount {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_~".contains(&b);
        let good = |part: &str| !part.is_empty() && part.bytes().all(plain);
        match text.strip_prefix('/') {
            Some("") => Ok(Self::default()),
            Some(_) if is_ours(text) => {
                Err("our own pages begin so; write another path".to_owned())
            }
            Some(path) if path.split('/').all(good) => Ok(Self(text.to_owned())),
            Some(_) | None => Err("write a path such as /shop, or / for none".to_owned()),
        }
    }

    /// For Rocket.
    pub(crate) fn base(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// Where one of our own paths is in this site; any other address is left as it is.
    pub(crate) fn at(&self, address: &str) -> String {
        if is_ours(address) { format!("{}{address}", self.0) } else { address.to_owned() }
    }

    /// What of ours a path of this site leads to, as it would be without a mount point.
    pub(crate) fn ours<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.0.as_str()).filter(|path| is_ours(path))
    }
}

fn is_ours(address: &str) -> bool {
    let is_below = |base: &&str| {
        let rest = address.strip_prefix(*base);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    OURS.iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_move_and_they_are_found_again() {
        let mount = Mount::read("/shop/games").expect("a path");
        let table = [
            ("/billing", "/shop/games/billing"),
            ("/billing?look=1", "/shop/games/billing?look=1"),
            ("/admin/accounts.csv?q=a", "/shop/games/admin/accounts.csv?q=a"),
            ("/api/v1/accounts", "/shop/games/api/v1/accounts"),
            ("/metrics", "/shop/games/metrics"),
            ("/billings", "/billings"),
            ("/servers", "/servers"),
            ("/", "/"),
            ("https://invoice.example/billing", "https://invoice.example/billing"),
        ];
        for (ours, there) in table {
            assert_eq!(mount.at(ours), there);
            let found = (ours != there).then_some(ours);
            assert_eq!(mount.ours(there), found, "{there}");
        }
        assert_eq!(mount.ours("/billing"), None);
        assert_eq!(Mount::default().at("/billing"), "/billing");
        assert_eq!(Mount::default().ours("/billing"), Some("/billing"));
    }

    #[test]
    fn a_mount_point_is_a_plain_path() {
        for (text, base) in [("/", "/"), ("/shop", "/shop"), ("/a/b-c", "/a/b-c")] {
            assert_eq!(Mount::read(text).expect(text).base(), base);
        }
        for text in [
            "",
            "shop",
            "/shop/",
            "//",
            "/a/../b",
            "/<id>",
            "/a b",
            "/a?b",
            "/billing",
            "/admin/x",
            "https://a.example",
        ] {
            assert!(Mount::read(text).is_err(), "{text}");
        }
    }
}
