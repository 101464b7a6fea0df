//! Which S-VLAN a new circuit gets when nobody names one.

use segue_model::id::Scope;

use crate::app::App;
use crate::command::CommandError;

/// An S-VLAN that is free at `enni`, as far as we know; that of the qualification `poq`, if any.
pub async fn free(app: &App, scope: &Scope, at: (&str, Option<&str>)) -> Result<i64, CommandError> {
    let free = app.buyer.free_s_vlan(scope, at).await?;
    free.ok_or_else(|| CommandError::new("all S-VLANs at this ENNI are in use").hint("Name one with --s-vlan."))
}
