//! `segue openapi`: the documents of the APIs spoken here, and a comparison with any other.

use anyhow::{Context, Result, bail};
use segue_model::describe::Api;
use segue_model::{api, diff, openapi, release};
use serde_json::{Value, json};

use crate::cli::{Openapi, OpenapiDiff, TextFile};
use crate::command::Book;

/// Differences printed at most; the count is always that of all.
const SHOWN_MAX: usize = 200;

/// Runs the command; true when nothing differs.
pub fn run(command: &Openapi, as_json: bool) -> Result<bool> {
    if let Some(OpenapiDiff::Diff { file }) = &command.diff {
        return compare(file, as_json);
    }
    if command.list {
        let list = list();
        if as_json {
            crate::show::say!("{list}")
        } else {
            crate::show::say!("{}", crate::show::table(&list))
        }
        return Ok(true);
    }
    let name = command.api.as_deref().unwrap_or_default();
    let api = find(name, command.api_version)?;
    crate::show::say!("{}", serde_json::to_string_pretty(&openapi::document(api))?);
    Ok(true)
}

/// `[{"api","version","release","served","basePath","operations"}]`
pub fn list() -> Value {
    release::listing()
}

impl Openapi {
    /// The command for the document of an API with what is sold bound in.
    pub fn bound(self) -> Book {
        Book::Openapi {
            api: self.api.unwrap_or_else(|| "quoteManagement".to_owned()),
            api_version: self.api_version,
            offering: self.offering,
            who: self.who,
        }
    }
}

/// The API called so; the newest version unless one is wanted.
pub fn find(name: &str, version: Option<u32>) -> Result<&'static Api> {
    let mut known: Vec<&'static Api> = api::described().filter(|api| api.name == name).collect();
    known.sort_by_key(|api| api.version);
    if known.is_empty() {
        bail!("no API is called {name:?}; `segue openapi --list` shows those there are");
    }
    let wanted = known
        .iter()
        .rev()
        .find(|api| version.is_none_or(|version| api.version == version));
    let versions: Vec<String> = known.iter().map(|api| api.version.to_string()).collect();
    wanted.copied().with_context(|| {
        format!(
            "{name} is not described in version {}; there is: {}",
            version.unwrap_or_default(),
            versions.join(", ")
        )
    })
}

fn compare(file: &TextFile, as_json: bool) -> Result<bool> {
    let theirs = diff::read(&file.text)
        .map_err(anyhow::Error::msg)
        .with_context(|| file.name.clone())?;
    let ours = diff::our_counterpart(&theirs).with_context(|| {
        format!(
            "{}: none of our APIs has its base path; `segue openapi --list` shows ours",
            file.name
        )
    })?;
    let differences = diff::compare(&theirs, &openapi::document(ours));
    if as_json {
        crate::show::say!(
            "{}",
            json!({ "file": file.name, "api": ours.name, "version": ours.version, "differences": differences })
        );
        return Ok(differences.is_empty());
    }
    for difference in differences.iter().take(SHOWN_MAX) {
        crate::show::say!("{difference}");
    }
    if differences.len() > SHOWN_MAX {
        crate::show::say!("... and {} more (--json prints all)", differences.len() - SHOWN_MAX);
    }
    crate::show::say!(
        "{}: {} differences with our {} v{}",
        file.name,
        differences.len(),
        ours.name,
        ours.version
    );
    Ok(differences.is_empty())
}
