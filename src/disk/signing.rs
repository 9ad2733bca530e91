//! The SSH key that a publisher signs with: read here when it lies open in a file, else used through `ssh-keygen`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ssh_key::{Algorithm, Certificate, PrivateKey, PublicKey};

use crate::catalog::trust::{self, PURPOSE};

/// A key that can sign.
pub struct Key {
    /// Its fingerprint, such as `SHA256:…`.
    pub fingerprint: String,
    /// The name it signs under, when the list of signers does not say it: from its certificate, else git's `user.email`.
    pub principal: Option<String>,
    path: PathBuf,
    /// Absent when the key is encrypted, certified, held by an agent or a security key, or not of Ed25519: ssh-key does not sign with
    /// every RSA key, and the `rsa` crate does not sign in constant time (RUSTSEC-2023-0071).
    open: Option<PrivateKey>,
}

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// No key was named and none is in the usual places.
    #[error("there is no SSH key to sign with")]
    NoKey,
    /// The file is not there, or is no key.
    #[error("`{path}` is no SSH key: {why}", path = path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The key did not sign.
    #[error("cannot sign: {0}")]
    Failed(String),
}

/// The key that was named, else git's `user.signingKey`, else the first of the usual ones.
///
/// # Errors
/// [`SigningError`] when there is none.
pub fn key(named: Option<&Path>, cwd: &Path, checkout: &Path) -> Result<Key, SigningError> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let usual = || {
        let names = ["id_ed25519", "id_ecdsa", "id_rsa"];
        names.iter().find_map(|name| home.as_ref().map(|h| h.join(".ssh").join(name)).filter(|path| path.is_file()))
    };
    let configured = || {
        let text = git_setting(checkout, "user.signingKey")?;
        let path = match text.strip_prefix("~/") {
            Some(rest) => home.as_ref()?.join(rest),
            None => PathBuf::from(text),
        };
        path.is_file().then_some(path)
    };
    let path = named.map(|path| cwd.join(path)).or_else(configured).or_else(usual).ok_or(SigningError::NoKey)?;
    read(path, git_setting(checkout, "user.email"))
}

/// Signs `message` for polity's purpose.
///
/// # Errors
/// [`SigningError::Failed`] with what the key or `ssh-keygen` said.
pub fn sign(key: &Key, message: &[u8]) -> Result<String, SigningError> {
    match &key.open {
        Some(open) => trust::sign(open, message).map_err(|e| SigningError::Failed(e.to_string())),
        None => ssh_keygen(&key.path, message).map_err(SigningError::Failed),
    }
}

fn read(path: PathBuf, email: Option<String>) -> Result<Key, SigningError> {
    let wrong = |why: String| SigningError::NotAKey { path: path.clone(), why };
    let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
    if let Ok(private) = PrivateKey::from_openssh(&text) {
        let fingerprint = trust::fingerprint(private.public_key().key_data());
        return Ok(Key { fingerprint, principal: email, path, open: Some(private).filter(is_open) });
    }
    if let Ok(certificate) = Certificate::from_openssh(&text) {
        let principal = certificate.valid_principals().first().cloned();
        return Ok(Key { fingerprint: trust::fingerprint(certificate.public_key()), principal, path, open: None });
    }
    let public = PublicKey::from_openssh(&text).map_err(|e| wrong(e.to_string()))?;
    Ok(Key { fingerprint: trust::fingerprint(public.key_data()), principal: email, path, open: None })
}

fn is_open(key: &PrivateKey) -> bool {
    !key.is_encrypted() && key.algorithm() == Algorithm::Ed25519
}

/// `ssh-keygen` asks for passphrases, talks to agents and waits for a touch.
fn ssh_keygen(path: &Path, message: &[u8]) -> Result<String, String> {
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "sign", "-n", PURPOSE, "-f"]).arg(path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("cannot run ssh-keygen: {e}"))?;
    let mut stdin = child.stdin.take().expect("the pipe was asked for");
    let written = stdin.write_all(message);
    drop(stdin);
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    if output.status.success() && written.is_ok() {
        return String::from_utf8(output.stdout).map_err(|e| e.to_string());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(said.lines().last().unwrap_or("ssh-keygen failed").to_owned())
}

fn git_setting(checkout: &Path, name: &str) -> Option<String> {
    let output = Command::new("git").args(["config", "--get", name]).current_dir(checkout).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keygen(args: &[&str], folder: &Path) {
        let output = Command::new("ssh-keygen").args(args).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A signature by `file` is what our own verifier and OpenSSH both accept.
    #[track_caller]
    fn check(folder: &Path, file: &str, signers: &str) {
        let key = key(Some(Path::new(file)), folder, folder).unwrap();
        let armor = sign(&key, b"text").unwrap();
        assert_eq!(trust::verify(&armor, b"text").unwrap().key, key.fingerprint);
        std::fs::write(folder.join("signers"), signers).unwrap();
        std::fs::write(folder.join("sig"), armor).unwrap();
        std::fs::write(folder.join("text"), "text").unwrap();
        let script = format!("ssh-keygen -Y verify -f signers -I ana -n {PURPOSE} -s sig < text");
        let output = Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn openssh_and_polity_agree_on_every_kind_of_key() {
        let dir = tempfile::tempdir().unwrap();
        for (name, kind) in [("ed", "ed25519"), ("ec", "ecdsa"), ("rsa", "rsa")] {
            keygen(&["-q", "-t", kind, "-N", "", "-C", "", "-f", name], dir.path());
            let public = std::fs::read_to_string(dir.path().join(format!("{name}.pub"))).unwrap();
            check(dir.path(), name, &format!("ana {public}"));
        }
        // Through ssh-keygen: the private key lies beside the public one that is named, as an agent would hold it.
        check(dir.path(), "ed.pub", &format!("ana {}", std::fs::read_to_string(dir.path().join("ed.pub")).unwrap()));
    }

    #[test]
    fn a_certificate_speaks_for_the_names_in_it() {
        let dir = tempfile::tempdir().unwrap();
        keygen(&["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "ca"], dir.path());
        keygen(&["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "ed"], dir.path());
        keygen(&["-q", "-s", "ca", "-I", "ana", "-n", "ana,ops", "-V", "20260101Z:20300101Z", "ed.pub"], dir.path());
        let authority = std::fs::read_to_string(dir.path().join("ca.pub")).unwrap();
        check(dir.path(), "ed-cert.pub", &format!("ana cert-authority {authority}"));
        let key = key(Some(Path::new("ed-cert.pub")), dir.path(), dir.path()).unwrap();
        assert_eq!(key.principal.as_deref(), Some("ana"));
        let attestor = trust::verify(&sign(&key, b"x").unwrap(), b"x").unwrap();
        let judged = |line: &str, day: &str| {
            let signers = [trust::parse_signer(&format!("{line} {authority}")).unwrap().unwrap()];
            let at = trust::Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap();
            trust::voice(&signers, &attestor, at)
                .map(|v| v.speaks_as("ana") && v.speaks_as("ops") && !v.speaks_as("bob"))
                .map_err(|e| e.to_string())
        };
        assert_eq!(judged("* cert-authority", "2027-01-01"), Ok(true));
        assert!(judged("bob cert-authority", "2027-01-01").unwrap_err().contains("none of the principals"));
        assert!(judged("* cert-authority", "2031-01-01").unwrap_err().contains("expired at 2030-01-01"));
        assert!(judged("*", "2027-01-01").unwrap_err().contains("not listed"), "the authority's key does not speak itself");
    }
}
