//! People and the organisations they work for.

use surrealdb::types::{RecordIdKey, SurrealValue};

use crate::Store;
use crate::connection::{Row, bind};
use crate::error::Result;

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct PersonRow {
    /// The person id, `P-0012`.
    #[surreal(rename = "person")]
    pub id: String,
    /// What they sign in with; nobody else has it.
    pub login: String,
    /// Their name.
    pub name: String,
    /// Their role, `technician`.
    pub role: String,
    /// Their organisation.
    pub org: String,
    /// The district they answer for, if it is one.
    pub district: Option<String>,
    /// How to reach them.
    pub phone: String,
    /// The argon2 hash of their password (PHC string).
    pub password_hash: String,
    /// Whether they may still sign in. Nobody is deleted: their events name them.
    pub active: bool,
}

impl Row for PersonRow {
    const TABLE: &'static str = "person";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

/// An organisation: an authority, a site unit or a provider.
#[derive(Debug, Clone, PartialEq, Eq, SurrealValue)]
pub struct OrgRow {
    /// The organisation id.
    #[surreal(rename = "org")]
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The district it answers for, if it is one.
    pub district: Option<String>,
}

impl Row for OrgRow {
    const TABLE: &'static str = "org";
    fn key(&self) -> RecordIdKey {
        self.id.as_str().into()
    }
}

impl Store {
    /// Writes people, new or changed.
    ///
    /// # Errors
    /// [`crate::StoreError::Invalid`] if somebody else has the login.
    pub async fn put_people(&self, people: Vec<PersonRow>) -> Result<()> {
        self.connection.replace(people).await
    }

    /// One person.
    pub async fn person(&self, id: &str) -> Result<Option<PersonRow>> {
        self.connection.row(id).await
    }

    /// Who signs in like this.
    pub async fn person_by_login(&self, login: &str) -> Result<Option<PersonRow>> {
        let text = "SELECT * FROM person WHERE login = $login";
        let mut rows = self
            .connection
            .rows(text, bind([("login", login.into_value())]))
            .await?;
        Ok(rows.pop())
    }

    /// These people; unknown ones are left out.
    pub async fn people_by_id(&self, ids: &[&str]) -> Result<Vec<PersonRow>> {
        self.connection
            .rows_by_key(ids.iter().map(|id| RecordIdKey::from(*id)))
            .await
    }

    /// People by id, narrowed to a role and an organisation if given.
    pub async fn people(&self, role: Option<&str>, org: Option<&str>) -> Result<Vec<PersonRow>> {
        let text = "SELECT * FROM person WHERE ($role IS NONE OR role = $role) \
                    AND ($org IS NONE OR org = $org) ORDER BY id";
        let value = |text: Option<&str>| text.map(str::to_owned).into_value();
        self.connection
            .rows(text, bind([("role", value(role)), ("org", value(org))]))
            .await
    }

    /// Writes organisations, new or changed.
    pub async fn put_orgs(&self, orgs: Vec<OrgRow>) -> Result<()> {
        self.connection.replace(orgs).await
    }

    /// All organisations by id.
    pub async fn orgs(&self) -> Result<Vec<OrgRow>> {
        self.connection
            .rows("SELECT * FROM org ORDER BY id", bind([]))
            .await
    }
}
