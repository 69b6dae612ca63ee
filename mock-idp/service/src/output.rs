//! stderr and stdout of a program that serves: text waits in a queue, so a reader that is slow, stuck or gone never
//! delays an answer or a signal.
//!
//! A thread of its own writes each stream. The queue has room for so many bytes. What does not fit is dropped, and
//! the number of dropped lines is written as soon as there is room again.
//!
//! `tracing-appender` does nearly the same. It prints its own errors with `println!`, which panics or blocks in
//! exactly the cases that matter here.

use std::{
    io::{self, Write},
    mem,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// How many bytes may wait for a reader.
const ROOM: usize = 1 << 18;

/// How long the end of a program waits until its last lines are written.
const LAST_WAIT: Duration = Duration::from_millis(500);

static STDERR: LazyLock<Queue> = LazyLock::new(|| Queue::start("stderr", ROOM, io::stderr()));
static STDOUT: LazyLock<Queue> = LazyLock::new(|| Queue::start("stdout", ROOM, io::stdout()));

/// stderr, in place of [`io::stderr`]: writing never blocks and never fails.
///
/// ```
/// use std::io::Write;
///
/// writeln!(fortellis_service::stderr(), "the page is at {}", "http://localhost:8080/")?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn stderr() -> Text {
    Text::to(&STDERR)
}

/// stdout, in place of [`io::stdout`]: writing never blocks and never fails.
///
/// ```
/// use std::io::Write;
///
/// writeln!(fortellis_service::stdout(), r#"{{"program":"site"}}"#)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn stdout() -> Text {
    Text::to(&STDOUT)
}

/// Waits until everything is written, or for [`LAST_WAIT`] where nobody reads.
pub(crate) fn flush() {
    for queue in [LazyLock::get(&STDERR), LazyLock::get(&STDOUT)].into_iter().flatten() {
        queue.flush(LAST_WAIT);
    }
}

/// Text on its way to stderr or stdout. It enters the queue as one piece when this value is dropped.
#[derive(Debug)]
pub struct Text {
    queue: &'static Queue,
    bytes: Vec<u8>,
}

impl Text {
    const fn to(queue: &'static Queue) -> Self {
        Self { queue, bytes: Vec::new() }
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Does nothing: the thread that writes flushes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        self.queue.push(mem::take(&mut self.bytes));
    }
}

/// Text that waits for the thread that writes it.
#[derive(Debug)]
struct Queue {
    sender: mpsc::Sender<Message>,
    counts: Arc<Counts>,
    room: usize,
}

#[derive(Debug, Default)]
struct Counts {
    /// How many bytes wait.
    waiting: AtomicUsize,
    /// How many lines were dropped since the last report.
    dropped: AtomicU64,
}

enum Message {
    Text(Vec<u8>),
    /// Everything before this message is written.
    Flush(mpsc::Sender<()>),
}

impl Queue {
    fn start(name: &'static str, room: usize, to: impl Write + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        let counts = Arc::new(Counts::default());
        let writer = Writer { name, to, receiver, counts: counts.clone(), room };
        // A program that cannot start a thread continues without its log.
        drop(thread::Builder::new().name(name.to_owned()).spawn(|| writer.run()));
        Self { sender, counts, room }
    }

    fn push(&self, text: Vec<u8>) {
        let length = text.len();
        if length == 0 {
            return;
        }
        let fits = self.counts.waiting.fetch_add(length, Ordering::Relaxed) + length <= self.room;
        if !fits || self.sender.send(Message::Text(text)).is_err() {
            self.counts.drop_text(length);
        }
    }

    fn flush(&self, at_most: Duration) {
        let (done, written) = mpsc::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            // A time-out means that nobody reads.
            let _ = written.recv_timeout(at_most);
        }
    }
}

impl Counts {
    fn drop_text(&self, length: usize) {
        self.waiting.fetch_sub(length, Ordering::Relaxed);
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the thread does.
struct Writer<W> {
    name: &'static str,
    to: W,
    receiver: mpsc::Receiver<Message>,
    counts: Arc<Counts>,
    room: usize,
}

impl<W: Write> Writer<W> {
    fn run(mut self) {
        while let Ok(message) = self.receiver.recv() {
            match message {
                Message::Text(text) => self.write(&text),
                Message::Flush(done) => {
                    self.report();
                    let _ = done.send(());
                }
            }
        }
    }

    fn write(&mut self, text: &[u8]) {
        let written = self.to.write_all(text).and_then(|()| self.to.flush());
        let waiting = self.counts.waiting.fetch_sub(text.len(), Ordering::Relaxed) - text.len();
        match written {
            Ok(()) if waiting <= self.room / 2 => self.report(),
            Ok(()) => {}
            Err(_) => {
                self.counts.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Writes how many lines were dropped.
    fn report(&mut self) {
        let dropped = self.counts.dropped.swap(0, Ordering::Relaxed);
        if dropped == 0 {
            return;
        }
        let name = self.name;
        let lines = if dropped == 1 { "line was" } else { "lines were" };
        let report = format!(" WARN log: {dropped} {lines} dropped, because {name} was full or not read\n");
        if self.to.write_all(report.as_bytes()).and_then(|()| self.to.flush()).is_err() {
            self.counts.dropped.fetch_add(dropped, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that nobody reads until the test does: each write waits until the test takes it.
    #[derive(Debug)]
    struct Unread(mpsc::SyncSender<String>);

    impl Write for Unread {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(String::from_utf8_lossy(bytes).into_owned()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn unread(room: usize) -> (Queue, mpsc::Receiver<String>) {
        let (sender, reader) = mpsc::sync_channel(0);
        (Queue::start("stderr", room, Unread(sender)), reader)
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_counted_once_there_is_room() {
        let (queue, reader) = unread(16);
        for line in ["first--\n", "second-\n", "third--\n", "fourth-\n", "fifth--\n"] {
            queue.push(line.into());
        }
        assert_eq!(reader.recv().unwrap(), "first--\n");
        let second = reader.recv().unwrap();
        assert_eq!(second, " WARN log: 3 lines were dropped, because stderr was full or not read\n");
        assert_eq!(reader.recv().unwrap(), "second-\n");
        queue.push("later\n".into());
        assert_eq!(reader.recv().unwrap(), "later\n", "the report is not repeated");
    }

    #[test]
    fn a_flush_waits_no_longer_than_it_may() {
        let (queue, _reader) = unread(16);
        queue.push("nobody reads this".into());
        queue.push("or this".into());
        queue.flush(Duration::from_millis(1));
    }

    #[test]
    fn a_flush_waits_until_the_last_line_is_written() {
        let (sender, reader) = mpsc::sync_channel(8);
        let queue = Queue::start("stderr", ROOM, Unread(sender));
        queue.push("the last line\n".into());
        queue.flush(Duration::from_secs(60));
        assert_eq!(reader.try_recv().unwrap(), "the last line\n");
    }

    /// A full disk that has space again later.
    #[test]
    fn lines_that_cannot_be_written_are_counted_too() {
        struct Disk(Arc<AtomicUsize>, mpsc::Sender<String>);
        impl Write for Disk {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                if self
                    .0
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                self.1.send(String::from_utf8_lossy(bytes).into_owned()).map_err(io::Error::other)?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (sender, written) = mpsc::channel();
        let queue = Queue::start("stderr", ROOM, Disk(Arc::new(AtomicUsize::new(2)), sender));
        for line in ["one\n", "two\n", "three\n"] {
            queue.push(line.into());
        }
        assert_eq!(written.recv().unwrap(), "three\n");
        assert_eq!(
            written.recv().unwrap(),
            " WARN log: 2 lines were dropped, because stderr was full or not read\n"
        );
    }
}
