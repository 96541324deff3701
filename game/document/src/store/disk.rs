//! What a store needs of a disk: a real folder is one, and so is a disk in memory that fails on purpose.

use std::io;

/// A folder for one world.
pub trait Disk {
    /// Names of the files in it.
    ///
    /// # Errors
    /// As the system says.
    fn list(&self) -> io::Result<Vec<String>>;
    /// A whole file.
    ///
    /// # Errors
    /// As the system says.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// The beginning of a file, of at most so many bytes.
    ///
    /// # Errors
    /// As the system says.
    fn read_beginning(&self, name: &str, most_bytes: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(name)?;
        bytes.truncate(most_bytes);
        Ok(bytes)
    }
    /// A whole file at once, on the disk when this returns: after a power cut there is the old one or the new one.
    ///
    /// # Errors
    /// As the system says; the old file is there then.
    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// A file of these bytes, in place of what has that name; the system has it when this returns, and the disk when
    /// it was synced.
    ///
    /// # Errors
    /// As the system says; some of it may have been written.
    fn begin(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Adds to a file; the system has it when this returns.
    ///
    /// # Errors
    /// As the system says; some of it may have been written.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Cuts a file.
    ///
    /// # Errors
    /// As the system says.
    fn cut(&mut self, name: &str, len: u64) -> io::Result<()>;
    /// What was begun and appended is on the disk when this returns.
    ///
    /// # Errors
    /// As the system says.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Another name.
    ///
    /// # Errors
    /// As the system says.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Away with it.
    ///
    /// # Errors
    /// As the system says.
    fn remove(&mut self, name: &str) -> io::Result<()>;
}
