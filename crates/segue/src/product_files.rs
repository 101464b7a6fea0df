//! The files of a product import: one file, a folder, or a `.zip` of one. Read here, where the
//! person is; nothing outside what was named is read, and nothing that is too much.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Files read: an SDK release has about four hundred.
const FILES_MAX: usize = 5_000;
/// Bytes of one file: the largest official one has half a megabyte.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Bytes of all files together, unpacked.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Folders inside each other.
const DEPTH_MAX: usize = 24;
/// Entries of an archive, read or not: looking at each one takes time too.
const ENTRIES_MAX: usize = 20_000;

/// What was named on the command line: path inside it to text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProductFiles {
    /// As it was named.
    pub name: String,
    /// Schemas, examples and `product.toml`.
    pub files: BTreeMap<String, String>,
}

impl FromStr for ProductFiles {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let path = Path::new(name);
        let mut reader = Reader::default();
        let metadata = fs::metadata(path).map_err(|error| format!("cannot read it: {error}"))?;
        if metadata.is_dir() {
            reader.folder(path, "", DEPTH_MAX)?;
        } else if is(name, ".zip") {
            reader.archive(File::open(path).map_err(|error| format!("cannot read it: {error}"))?)?;
        } else {
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or(name);
            reader.add(
                file.to_owned(),
                File::open(path).map_err(|error| format!("cannot read it: {error}"))?,
            )?;
        }
        if reader.files.is_empty() {
            return Err("there is no .yaml, .yml, .json or .toml file in it".into());
        }
        Ok(Self {
            name: name.to_owned(),
            files: reader.files,
        })
    }
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, String>,
    bytes: u64,
}

impl Reader {
    /// Links are not followed: they could lead out of the folder, or around in it.
    fn folder(&mut self, folder: &Path, inside: &str, depth: usize) -> Result<(), String> {
        if depth == 0 {
            return Err(format!("{inside} is more than {DEPTH_MAX} folders deep"));
        }
        let failed = |error| format!("cannot read {}: {error}", folder.display());
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let file_name = entry.file_name();
            let Some(name) = file_name.to_str() else { continue };
            let below = if inside.is_empty() {
                name.to_owned()
            } else {
                format!("{inside}/{name}")
            };
            if kind.is_dir() {
                self.folder(&entry.path(), &below, depth - 1)?;
            } else if kind.is_file() && is_wanted(name) {
                self.add(below, File::open(entry.path()).map_err(failed)?)?;
            }
        }
        Ok(())
    }

    fn archive(&mut self, file: File) -> Result<(), String> {
        let failed = |error: zip::result::ZipError| format!("it is no usable .zip: {error}");
        let mut archive = zip::ZipArchive::new(file).map_err(failed)?;
        if archive.len() > ENTRIES_MAX {
            return Err(format!("it has more than {ENTRIES_MAX} entries"));
        }
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(failed)?;
            let name = entry.name().map_err(failed)?.into_owned();
            if !entry.is_file() || !is_wanted(&name) {
                continue;
            }
            // Nothing is written, but a path that climbs out is nobody's mistake.
            let inside = entry.enclosed_name().ok_or_else(|| format!("{name} leads out of it"))?;
            let inside = inside.to_str().ok_or("a name in it is no text")?.to_owned();
            self.add(inside, entry)?;
        }
        Ok(())
    }

    /// Counts what comes out, not what was promised: an archive can say anything of itself.
    fn add(&mut self, path: String, from: impl Read) -> Result<(), String> {
        if self.files.len() >= FILES_MAX {
            return Err(format!("there are more than {FILES_MAX} files in it"));
        }
        let mut text = String::new();
        let read = from.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
        let bytes = read.map_err(|error| format!("cannot read {path}: {error}"))? as u64;
        self.bytes += bytes;
        if bytes > FILE_BYTES_MAX || self.bytes > BYTES_MAX {
            return Err(format!(
                "{path} is too much: {} MiB are read of one file, {} MiB of all",
                FILE_BYTES_MAX / 1024 / 1024,
                BYTES_MAX / 1024 / 1024
            ));
        }
        self.files.insert(path, text);
        Ok(())
    }
}

fn is(name: &str, end: &str) -> bool {
    name.to_ascii_lowercase().ends_with(end)
}

fn is_wanted(name: &str) -> bool {
    [".yaml", ".yml", ".json", ".toml"].iter().any(|end| is(name, end))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zipped(entries: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = zip::ZipWriter::new(File::create(folder.path().join("a.zip")).unwrap());
        for (name, bytes) in entries {
            writer
                .start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        folder
    }

    fn read(folder: &tempfile::TempDir) -> Result<ProductFiles, String> {
        folder.path().join("a.zip").to_str().unwrap().parse()
    }

    #[test]
    fn an_archive_is_read_like_the_folder_it_is_made_of() {
        let archive = read(&zipped(&[
            ("p/product.toml", b"x = 1"),
            ("p/fibre.yaml", b"a: 1"),
            ("p/logo.png", b"?"),
        ]))
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("p")).unwrap();
        fs::write(folder.path().join("p/product.toml"), "x = 1").unwrap();
        fs::write(folder.path().join("p/fibre.yaml"), "a: 1").unwrap();
        fs::write(folder.path().join("p/logo.png"), "?").unwrap();
        let from_folder: ProductFiles = folder.path().to_str().unwrap().parse().unwrap();
        assert_eq!(archive.files, from_folder.files);
        assert_eq!(archive.files.len(), 2);
    }

    #[test]
    fn an_archive_that_leads_out_or_swells_is_refused() {
        let told = read(&zipped(&[("../../evil.yaml", b"a: 1")])).unwrap_err();
        assert!(told.contains("leads out"), "{told}");
        let much = vec![b' '; usize::try_from(FILE_BYTES_MAX).unwrap() + 1];
        let bomb = zipped(&[("big.yaml", &much)]);
        assert!(fs::metadata(bomb.path().join("a.zip")).unwrap().len() < 100_000);
        let told = read(&bomb).unwrap_err();
        assert!(told.contains("too much"), "{told}");
    }

    #[test]
    fn a_link_in_a_folder_is_not_followed() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret.yaml"), "a: 1").unwrap();
        fs::write(folder.path().join("own.yaml"), "a: 1").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("away")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.yaml"), folder.path().join("link.yaml")).unwrap();
        let read: ProductFiles = folder.path().to_str().unwrap().parse().unwrap();
        assert_eq!(read.files.keys().collect::<Vec<_>>(), ["own.yaml"]);
    }
}
