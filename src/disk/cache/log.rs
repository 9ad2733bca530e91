//! The log of a namespace's statements: lines that are only ever added. A line is `sha256 SP json LF`, the digest being that of the JSON.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::trust::{Attested, Attestor, Signed, Statement, StatementSet};
use crate::tree::Digest;

use super::{Cache, CacheError, Guard, Space};

const FILE: &str = "statements.log";
/// So many lines are not worth another thread.
const FEW: usize = 200;

/// A statement with signatures, as a line keeps it. That the signatures fit was found out before the line was written.
#[derive(Serialize, Deserialize)]
struct Line {
    text: Arc<str>,
    signatures: Vec<LineSignature>,
}

#[derive(Serialize, Deserialize)]
struct LineSignature {
    armor: Arc<str>,
    attestor: Attestor,
}

/// The log of a namespace as it stood when it was read.
#[derive(Debug, Default)]
pub struct Log {
    /// Whole lines: a last one without its end is still being written, or was when the writer was killed, and nobody relies on it.
    lines: Vec<u8>,
}

impl Log {
    /// The digest of its lines.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.lines)
    }

    /// Its statements, and how many lines are damaged and left out.
    #[must_use]
    pub fn statements(&self) -> (StatementSet, usize) {
        let (mut set, mut damaged) = (StatementSet::default(), 0);
        for line in parsed(&self.lines) {
            match line {
                Some((id, signed)) => drop(set.insert_as(id, signed)),
                None => damaged += 1,
            }
        }
        (set, damaged)
    }
}

impl Cache {
    /// The log of a namespace; an empty one when there is none.
    ///
    /// # Errors
    /// [`CacheError`] when the log is there and cannot be read.
    pub fn log(&self, space: &Space) -> Result<Log, CacheError> {
        let path = self.place_of(space).join(FILE);
        match fs::read(&path) {
            Ok(mut lines) => {
                lines.truncate(lines.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1));
                Ok(Log { lines })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Log::default()),
            Err(cause) => Err(CacheError { path, cause }),
        }
    }

    /// The statements of a namespace, and how many lines of the log were damaged and left out.
    ///
    /// # Errors
    /// [`CacheError`] when the log is there and cannot be read.
    pub fn statements(&self, space: &Space) -> Result<(StatementSet, usize), CacheError> {
        self.log(space).map(|log| log.statements())
    }

    /// Adds statements to the log; `_guard` shows that nobody else does.
    ///
    /// # Errors
    /// [`CacheError`] when the log cannot be written.
    pub fn append(&self, space: &Space, news: &StatementSet, _guard: &Guard) -> Result<(), CacheError> {
        if news.is_empty() {
            return Ok(());
        }
        let path = self.folder(space)?.join(FILE);
        let write = || -> std::io::Result<()> {
            let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path)?;
            let end = whole_lines(&mut file)?;
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))?;
            let mut lines = String::new();
            for (_, signed) in news.iter() {
                lines += &line(signed)?;
            }
            file.write_all(lines.as_bytes())?;
            file.sync_data()
        };
        write().map_err(|cause| CacheError { path: path.clone(), cause })
    }

    /// Writes the log anew with these statements alone; `_guard` shows that nobody else writes.
    ///
    /// # Errors
    /// [`CacheError`] when the log cannot be written.
    pub fn rewrite(&self, space: &Space, all: &StatementSet, _guard: &Guard) -> Result<(), CacheError> {
        let path = self.folder(space)?.join(FILE);
        let lines = all.iter().map(|(_, signed)| line(signed)).collect::<std::io::Result<String>>();
        self.replace(&path, lines.map_err(|cause| CacheError { path: path.clone(), cause })?.as_bytes())
    }
}

/// The length of the file up to its last line break.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end as u64 + 1))
}

fn line(signed: &Signed) -> std::io::Result<String> {
    let signatures = signed.signatures.values().map(|s| LineSignature { armor: s.armor.clone(), attestor: s.attestor.clone() });
    let json = serde_json::to_string(&Line { text: signed.text.clone(), signatures: signatures.collect() })?;
    Ok(format!("{} {json}\n", Digest::of(json.as_bytes())))
}

/// Every line of a log, parsed by several threads. They are its own: the pool that evaluates policies begins with stacks of another size.
fn parsed(bytes: &[u8]) -> Vec<Option<(Digest, Signed)>> {
    // Line breaks of a text are found many bytes at a time; only a damaged log is none.
    let lines: Vec<_> = match std::str::from_utf8(bytes) {
        Ok(text) => text.split_inclusive('\n').map(str::as_bytes).collect(),
        Err(_) => bytes.split_inclusive(|b| *b == b'\n').collect(),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(lines.len() / FEW + 1);
    let share = |lines: &[&[u8]]| lines.iter().map(|line| parse(line)).collect::<Vec<_>>();
    let size = lines.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let mut shares = lines.chunks(size);
        let first = shares.next().unwrap_or_default();
        let others: Vec<_> = shares.map(|lines| scope.spawn(move || share(lines))).collect();
        let mut all = share(first);
        all.extend(others.into_iter().flat_map(|other| other.join().expect("parsing a line does not panic")));
        all
    })
}

fn parse(line: &[u8]) -> Option<(Digest, Signed)> {
    let (digest, json) = std::str::from_utf8(line).ok()?.trim_end_matches('\n').split_once(' ')?;
    if Digest::of(json.as_bytes()).as_str() != digest {
        return None;
    }
    let line: Line = serde_json::from_str(json).ok()?;
    let statement = Statement::recall(&line.text).ok()?;
    let signatures = line.signatures.into_iter().map(|s| {
        let attested = Attested { armor: s.armor, attestor: s.attestor };
        (Digest::of(attested.armor.as_bytes()), attested)
    });
    let signed = Signed { statement, text: line.text, signatures: signatures.collect::<BTreeMap<_, _>>() };
    Some((signed.id(), signed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::trust::{Body, Timestamp};

    fn space() -> Space {
        Space { federation: "acme".to_owned(), namespace: "pay".to_owned() }
    }

    fn numbered(seq: u64) -> StatementSet {
        let body = Body::Other("note".to_owned(), serde_json::Map::new());
        let (federation, namespace, signer) = ("acme".to_owned(), "pay".to_owned(), "ana".to_owned());
        let statement = Statement { federation, namespace, seq, issued: Timestamp::from_unix(seq), signer, body };
        let attested = Attested { armor: "armor".into(), attestor: Attestor { key: "SHA256:x".to_owned(), certificate: None } };
        let mut set = StatementSet::default();
        let text = statement.to_text().unwrap().into();
        set.insert(Signed { statement, text, signatures: BTreeMap::from([(Digest::of(b"armor"), attested)]) });
        set
    }

    fn append(cache: &Cache, seq: u64) {
        cache.append(&space(), &numbered(seq), &cache.lock(&space()).unwrap()).unwrap();
    }

    #[test]
    fn what_was_added_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        assert_eq!(cache.statements(&space()).unwrap(), (StatementSet::default(), 0));
        (1..4).for_each(|seq| append(&cache, seq));
        let mut expected = numbered(1);
        expected.merge(&numbered(2));
        expected.merge(&numbered(3));
        assert_eq!(cache.statements(&space()).unwrap(), (expected, 0));
    }

    #[test]
    fn a_log_that_was_cut_anywhere_is_read_and_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        append(&cache, 1);
        append(&cache, 2);
        let path = cache.folder(&space()).unwrap().join(FILE);
        let whole = fs::read(&path).unwrap();
        let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
        for cut in (0..whole.len()).step_by(7) {
            fs::write(&path, &whole[..cut]).unwrap();
            append(&cache, 3);
            let (set, damaged) = cache.statements(&space()).unwrap();
            assert_eq!((set.len(), damaged), (1 + usize::from(cut >= first), 0), "cut at {cut}");
        }
        let mut wrong = whole.clone();
        wrong[first / 2] ^= 1;
        fs::write(&path, &wrong).unwrap();
        assert_eq!(cache.statements(&space()).unwrap(), (numbered(2), 1));
    }

    #[test]
    fn writers_take_turns() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let cache = &cache;
                scope.spawn(move || (0..8).for_each(|n| append(cache, writer * 100 + n)));
            }
        });
        let (set, damaged) = cache.statements(&space()).unwrap();
        assert_eq!((set.len(), damaged), (32, 0));
    }
}
