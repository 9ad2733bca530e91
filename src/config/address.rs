//! Where a registry is: a git repository by URL or in scp form, plain files of a web server, or a plain folder. Decides what git may be asked to open at all.

use std::fmt;

/// A place that polity takes a registry from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// A git repository; the text is handed to git as it is.
    Git {
        /// The URL or scp form.
        url: String,
        /// Whether others on the way can read and change what is sent.
        encrypted: bool,
    },
    /// Plain files of a web server.
    Static {
        /// The URL, without the prefix `static+`.
        url: String,
        /// Whether others on the way can read and change what is sent.
        encrypted: bool,
    },
    /// A folder of this machine, as it was written.
    Folder(String),
}

/// What stands before the URL of plain files, which git does not read.
const STATIC: &str = "static+";

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing is there.
    #[error("address is empty")]
    Empty,
    /// git would take it for an option or for a command to run.
    #[error("address `{0}` would make git run a command or take an option")]
    Command(String),
    /// git can fetch it, but not in a way that polity lets it.
    #[error("address has the scheme `{0}`")]
    Scheme(String),
    /// It has a control character.
    #[error("address has a control character")]
    Control,
    /// It carries a password, which every report would show.
    #[error("address holds a password")]
    Password,
}

impl AddressError {
    /// The next action.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Password => "leave the password to git's credential helper",
            Self::Scheme(_) | Self::Command(_) => "use https://, ssh://, git@host:path, file://, static+https://, or the path of a folder",
            Self::Empty | Self::Control => "write a URL such as https://git.example.org/team/registry.git, or the path of a folder",
        }
    }
}

impl Address {
    /// Reads a URL, an scp form `[user@]host:path`, or a path.
    ///
    /// # Errors
    /// [`AddressError`] for what git must never be asked: remote helpers such as `ext::`, options, unknown schemes.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.trim().is_empty() {
            return Err(AddressError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let head = text.split('/').next().unwrap_or(text);
        if text.starts_with('-') || head.contains("::") {
            return Err(AddressError::Command(text.to_owned()));
        }
        if let Some(url) = text.strip_prefix(STATIC) {
            return plain_files(url);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return by_scheme(text, &scheme.to_ascii_lowercase(), rest);
        }
        // A drive of Windows has one letter; a host has more.
        let Some((host, _)) = head.split_once(':').filter(|(host, _)| host.len() > 1) else { return Ok(Self::Folder(text.to_owned())) };
        check_host(text, host)?;
        Ok(Self::Git { url: text.to_owned(), encrypted: true })
    }

    /// Whether others on the way can change what is sent.
    #[must_use]
    pub fn is_open_to_others(&self) -> bool {
        matches!(self, Self::Git { encrypted: false, .. } | Self::Static { encrypted: false, .. })
    }
}

fn plain_files(url: &str) -> Result<Address, AddressError> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    match by_scheme(url, &scheme.to_ascii_lowercase(), rest) {
        Ok(Address::Git { url, encrypted }) if scheme.to_ascii_lowercase().starts_with("http") => Ok(Address::Static { url, encrypted }),
        Ok(_) | Err(AddressError::Scheme(_)) => Err(AddressError::Scheme(format!("{STATIC}{scheme}"))),
        Err(error) => Err(error),
    }
}

fn by_scheme(text: &str, scheme: &str, rest: &str) -> Result<Address, AddressError> {
    let encrypted = match scheme {
        "https" | "ssh" | "file" => true,
        "http" | "git" => false,
        _ => return Err(AddressError::Scheme(scheme.to_owned())),
    };
    if scheme != "file" {
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
            return Err(AddressError::Password);
        }
        check_host(text, authority)?;
    }
    Ok(Address::Git { url: text.to_owned(), encrypted })
}

/// `ssh` takes a host that starts with a hyphen for an option.
fn check_host(text: &str, authority: &str) -> Result<(), AddressError> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() || host.starts_with('-') || authority.starts_with('-') || authority.contains(char::is_whitespace) {
        return Err(AddressError::Command(text.to_owned()));
    }
    Ok(())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Git { url, .. } => f.write_str(url),
            Self::Static { url, .. } => write!(f, "{STATIC}{url}"),
            Self::Folder(path) => f.write_str(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn git(text: &str, encrypted: bool) {
        assert_eq!(Address::parse(text), Ok(Address::Git { url: text.to_owned(), encrypted }));
    }

    #[test]
    fn git_and_folders_are_told_apart() {
        for text in
            ["https://git.example.org/pay.git", "ssh://git@host:22/x", "git@host:team/pay.git", "host.example:pay", "file:///srv/pay.git"]
        {
            git(text, true);
        }
        git("http://127.0.0.1:8080/pay.git", false);
        git("git://127.0.0.1/pay.git", false);
        for text in ["../pay", "/srv/pay", "pay", "./a:b", "C:\\pay", "with space/pay"] {
            assert_eq!(Address::parse(text), Ok(Address::Folder(text.to_owned())));
        }
    }

    #[test]
    fn plain_files_come_from_web_servers_alone() {
        let parsed = Address::parse("static+https://h/pay").unwrap();
        assert_eq!(parsed, Address::Static { url: "https://h/pay".to_owned(), encrypted: true });
        assert_eq!(parsed.to_string(), "static+https://h/pay");
        assert!(Address::parse("static+HTTP://127.0.0.1:80/pay").unwrap().is_open_to_others());
        for (text, scheme) in [("static+ssh://h/x", "static+ssh"), ("static+file:///x", "static+file"), ("static+x", "static+")] {
            assert_eq!(Address::parse(text), Err(AddressError::Scheme(scheme.to_owned())));
        }
        assert_eq!(Address::parse("static+https://ana:secret@h/x"), Err(AddressError::Password));
        assert!(matches!(Address::parse("static+https://-oX/x"), Err(AddressError::Command(_))));
    }

    #[test]
    fn git_is_never_asked_to_run_a_command() {
        let command = |text: &str| assert!(matches!(Address::parse(text), Err(AddressError::Command(_))), "{text}");
        for text in [
            "ext::sh -c id",
            "fd::7",
            "-u",
            "--upload-pack=id",
            "ssh://-oProxyCommand=id/x",
            "-oProxyCommand=id:x",
            "git@-oProxyCommand=id:x",
        ] {
            command(text);
        }
        assert_eq!(Address::parse("javascript://x"), Err(AddressError::Scheme("javascript".to_owned())));
        assert_eq!(Address::parse("https://ana:secret@host/x"), Err(AddressError::Password));
        assert_eq!(Address::parse("a\nb"), Err(AddressError::Control));
        assert_eq!(Address::parse(""), Err(AddressError::Empty));
    }

    proptest::proptest! {
        #[test]
        fn no_accepted_address_starts_a_helper(text in "(ext|::|-|ssh://|git@|/|:|[a-z ]|\\PC){0,8}") {
            if let Ok(Address::Git { url, .. }) = Address::parse(&text) {
                proptest::prop_assert!(!url.starts_with('-') && !url.split('/').next().unwrap().contains("::"), "{url}");
            }
        }
    }
}
