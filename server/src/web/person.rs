//! All that is kept of one client or user, as one zip, for who has to tell a person what is known of him. Promises:
//!
//! 1. **Every place that erasing reaches**: both go through [`Place::ALL`], and names are found by the same rules, however their letters A to Z are
//!    written.
//! 2. **Nobody else's sessions**: history is given out session by session, of this name only. Of what JSON keeps, only the values that name it. What a
//!    host or a person wrote in one piece is whole, and may name others: `README.txt` says so.
//! 3. **Bounded memory**: one hour of one host, or a page of texts, at a time; what is packed goes out before more is read.
//! 4. **It is written down** before anything is read: by whom, and whose it is by its number.
//! 5. **A file that was cut off cannot be taken for whole**: a zip's list of entries comes last.

mod history;
mod texts;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::sheet::Sheet;
use crate::locale::iso;
use crate::model::audit::{Action, Deed, Subject, SubjectKind, Trail};
use crate::model::redact::Redactor;
use crate::store::erasure::{self, Place};
use crate::store::rank::By;
use crate::store::{Db, audit};

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

/// Pieces that wait to be taken.
const WAITING: usize = 8;
/// Bytes after which a piece goes out.
const PIECE_BYTES: usize = 256 << 10;
/// Rows of a file; spreadsheets read a few more. The rest is in the next one.
const MOST_ROWS: u64 = 1_000_000;
/// Texts, or names, read at once.
const PAGE: u32 = 500;

/// Whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whom {
    pub by: By,
    pub name: String,
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Names that are this one but for letters A to Z and a to z.
    pub names: usize,
    /// Sessions of snapshots.
    pub sessions: u64,
    /// Texts that name it.
    pub texts: u64,
}

/// A zip on its way.
#[derive(Debug)]
pub struct Zip {
    /// In order; it ends when all is told, or something failed.
    pub pieces: Receiver<Bytes>,
    pub done: JoinHandle<Result<Told>>,
}

/// Begins to tell. `now_at` stands in the zip, and ends what is looked at.
///
/// # Errors
/// The database's: then nothing was told.
pub async fn begin(db: &Db, trail: &Trail, whom: Whom) -> crate::store::Result<Zip> {
    let names = erasure::named(db, whom.by, &whom.name).await?;
    let kind = match whom.by {
        By::Client => SubjectKind::Client,
        By::User => SubjectKind::User,
    };
    let deed = Deed::new(Action::HandedOut, Subject::new(kind, names.first().map(|(id, _)| *id), ""));
    let mut tx = db.begin().await?;
    audit::record(&mut tx, trail, &deed).await?;
    tx.commit().await?;
    let (sender, pieces) = mpsc::channel(WAITING);
    let (db, now_at) = (db.clone(), trail.at);
    let done = tokio::spawn(Box::pin(tell(db, whom, names, (now_at, sender))));
    Ok(Zip { pieces, done })
}

async fn tell(db: Db, whom: Whom, names: Vec<(i64, String)>, (now_at, to): (i64, Sender<Bytes>)) -> Result<Told> {
    let mut pairs: Vec<(String, String)> = names.iter().map(|(_, name)| (name.clone(), String::from("-"))).collect();
    if names.iter().all(|(_, name)| *name != whom.name) {
        // Texts may name a client that never had a session.
        pairs.push((whom.name.clone(), String::from("-")));
    }
    let redactor = Redactor::new(&pairs)?;
    let mut teller = Teller { db, whom, names, redactor, now_at, out: Out::new(to), told: Told::default() };
    teller.told.names = teller.names.len();
    teller.out.text("README.txt", &readme(&teller.whom, now_at)).await?;
    for place in Place::ALL {
        match place {
            Place::Texts => teller.texts().await?,
            Place::Shares => teller.shares().await?,
            Place::Events => teller.events().await?,
            Place::Findings => teller.findings().await?,
            Place::Views => teller.views().await?,
            Place::Told(told) => teller.told(told).await?,
            Place::Answers => teller.answers().await?,
            Place::Audit => {
                teller.changes().await?;
                teller.looks().await?;
            }
            Place::Rules => teller.rules().await?,
            Place::Parts => teller.parts().await?,
            Place::Names => {
                teller.names().await?;
                teller.days().await?;
                teller.hours().await?;
                teller.sessions().await?;
            }
        }
    }
    Box::pin(teller.out.finish()).await?;
    Ok(teller.told)
}

/// What is told, of whom, and where it goes.
struct Teller {
    db: Db,
    whom: Whom,
    /// With their ids.
    names: Vec<(i64, String)>,
    redactor: Redactor,
    now_at: i64,
    out: Out,
    told: Told,
}

impl Teller {
    fn is_ours(&self, id: i64) -> bool {
        self.names.iter().any(|(ours, _)| *ours == id)
    }

    fn name_of(&self, id: i64) -> &str {
        self.names.iter().find(|(ours, _)| *ours == id).map_or("", |(_, name)| name.as_str())
    }
}

/// What is packed and not yet sent. Clones share it.
#[derive(Debug, Clone, Default)]
struct Packed(Arc<Mutex<Vec<u8>>>);

impl Packed {
    fn bytes(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The zip in the making.
struct Out {
    zip: ZipWriter<StreamWriter<Packed>>,
    packed: Packed,
    to: Sender<Bytes>,
    table: Table,
}

/// The table in the making.
#[derive(Default)]
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    /// Files of it, and rows of the last one.
    files: u32,
    rows: u64,
}

impl Out {
    fn new(to: Sender<Bytes>) -> Self {
        let packed = Packed::default();
        Self { zip: ZipWriter::new_stream(packed.clone()), packed, to, table: Table::default() }
    }

    /// Begins a file of its own.
    fn start(&mut self, name: &str) -> Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::DEFAULT)
            .system(System::Unix)
            .unix_permissions(0o600);
        Ok(self.zip.start_file(name, options)?)
    }

    async fn text(&mut self, name: &str, text: &str) -> Result<()> {
        self.start(name)?;
        self.zip.write_all(text.as_bytes())?;
        self.send().await
    }

    /// Begins a table: there is one also if it has no row.
    async fn table(&mut self, name: &'static str, columns: &'static [&'static str]) -> Result<()> {
        self.table = Table { name, columns, files: 1, rows: 0 };
        self.start(&format!("{name}.csv"))?;
        self.zip.write_all(Sheet::new(columns).to_file().as_bytes())?;
        self.send().await
    }

    /// Further rows of the table that was begun last. What fills them is done with before anything waits.
    fn rows(&mut self, rows: u64, fill: impl FnOnce(&mut Sheet)) -> impl Future<Output = Result<()>> {
        let written = self.write_rows(rows, fill);
        async move {
            written?;
            self.send().await
        }
    }

    fn write_rows(&mut self, rows: u64, fill: impl FnOnce(&mut Sheet)) -> Result<()> {
        if self.table.rows > 0 && self.table.rows + rows > MOST_ROWS {
            self.table.files += 1;
            self.table.rows = 0;
            self.start(&format!("{}-{}.csv", self.table.name, self.table.files))?;
            self.zip.write_all(Sheet::new(self.table.columns).to_file().as_bytes())?;
        }
        let mut sheet = Sheet::new(self.table.columns);
        fill(&mut sheet);
        self.table.rows += rows;
        Ok(self.zip.write_all(sheet.to_more_of_file().as_bytes())?)
    }

    /// Lets go of what is packed, once it is worth it.
    async fn send(&mut self) -> Result<()> {
        if self.packed.bytes() < PIECE_BYTES {
            return Ok(());
        }
        Ok(self.to.send(self.packed.take().into()).await?)
    }

    async fn finish(self) -> Result<()> {
        self.zip.finish()?;
        Ok(self.to.send(self.packed.take().into()).await?)
    }
}

/// What is in it, and what is not. With lines as Notepad wants them.
fn readme(whom: &Whom, now_at: i64) -> String {
    let (one, other) = match whom.by {
        By::Client => ("client", "users of its sessions"),
        By::User => ("user", "clients of the sessions"),
    };
    let text = format!(
        "All that Highwater keeps of the {one} {}, as of {}.\n\
         \n\
         Instants are UTC. Tables are CSV with commas, in UTF-8; an apostrophe before = + - @ keeps a spreadsheet from running what\n\
         somebody named a computer. A table of more than a million rows goes on in a second file. A table without rows: nothing is there.\n\
         \n\
         {ENTRIES}\
         \n\
         Not in it, since it is kept elsewhere or by others: backups of the database; lines of the program's own log, and what was forwarded\n\
         of the audit log; tickets, mails and messages in other systems, to which incidents were told; what agents hold back until the server\n\
         answers; names of the same one that were merged with it (names.csv lists them: ask for each); what names it differently, such as\n\
         by the first name only. Sums of the whole fleet are made of hours.csv and days.csv and are not listed again. What is removed after\n\
         some days by the settings ([retention]) is gone.\n\
         \n\
         Before you hand it on: events, comments and answers are whole, and may name others; sessions.csv names the {other}.\n",
        one_line(&whom.name),
        iso(now_at),
    );
    text.replace('\n', "\r\n")
}

const ENTRIES: &str = "\
names.csv           the name as it is kept, with its number, and other names of the same client\n\
days.csv            what it held on each host, day by day (UTC)\n\
hours.csv           the same hour by hour, as long as hours are kept\n\
sessions.csv        each of its sessions in each snapshot that is kept\n\
texts.csv           what people called things or wrote by the way (silences, links, labels), and what hosts and other systems say\n\
                    of settings, shares, gaps and failures, where it names it\n\
shares.csv          shares with a limit of their own that are called by it\n\
events.csv          events of hosts that name it, with their records\n\
findings.csv        what rules found, where it names it\n\
incidents.csv       incidents about it\n\
comments.csv        what was written about incidents, where it names it\n\
evidence.csv        what is kept of incidents, where it names it\n\
messages.csv        what was sent to other systems, where it names it\n\
replies.csv         what those answered, where it names it\n\
answers.csv         what programs were answered and may ask for again, where it names it\n\
audit.csv           what the audit log tells of changes and questions, where it names it\n\
looks.csv           who looked at it, erased it or took this, by the audit log\n\
views.csv           filters that somebody saved, where they name it\n\
rules.csv           rules of classes that are for it, or for such names\n\
parts.csv           parts of snapshots of which others are still to come, where they name it\n";

/// A name may hold anything.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
