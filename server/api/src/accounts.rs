//! `daochang add-account`: the first people of an installation. Run it while the server is
//! stopped (the embedded database has one owner at a time) or against a remote database.

use std::io::{self, BufRead, IsTerminal};

use domain::actor::Role;
use domain::ids::{District, OrgId, PersonId};
use store::{OrgRow, PersonRow};

use crate::config::AddAccountArgs;
use crate::passwords::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, Passwords};
use crate::serve::open_store;

/// Adds the person, and the organisation when its name is given; replaces a person of that id.
///
/// # Errors
/// When an argument is malformed, the password unfit, or the login taken by somebody else.
pub async fn add(args: AddAccountArgs) -> io::Result<()> {
    let mut row = checked(&args)?;
    let password = read_password()?;
    let passwords = Passwords::new().map_err(io::Error::other)?;
    row.password_hash = passwords.hash(password).await.map_err(io::Error::other)?;
    std::fs::create_dir_all(&args.data.data)?;
    let store = open_store(&args.data).await?;
    let other = store
        .person_by_login(&row.login)
        .await
        .map_err(io::Error::other)?;
    if let Some(other) = other.filter(|other| other.id != row.id) {
        return Err(refuse(format!(
            "login {} belongs to {}",
            row.login, other.id
        )));
    }
    let orgs = store.orgs().await.map_err(io::Error::other)?;
    match args.org_name {
        Some(name) => {
            let org = OrgRow {
                id: row.org.clone(),
                name,
                kind: "provider".to_owned(),
                district: None,
            };
            store.put_orgs(vec![org]).await.map_err(io::Error::other)?;
        }
        None if orgs.iter().any(|org| org.id == row.org) => {}
        None => {
            return Err(refuse(format!(
                "{} is not known yet: give --org-name",
                row.org
            )));
        }
    }
    let (id, login) = (row.id.clone(), row.login.clone());
    store
        .put_people(vec![row])
        .await
        .map_err(io::Error::other)?;
    println!("{id} may sign in as {login}");
    Ok(())
}

fn checked(args: &AddAccountArgs) -> io::Result<PersonRow> {
    let id: PersonId = args
        .id
        .parse()
        .map_err(|_| refuse("--id: expected P-0042"))?;
    let org: OrgId = args
        .org
        .parse()
        .map_err(|_| refuse("--org: expected O-NAME"))?;
    let district = args
        .district
        .as_deref()
        .map(str::parse::<District>)
        .transpose();
    let district = district.map_err(|_| refuse("--district: expected two letters"))?;
    let role: Role = serde_json::from_value(args.role.as_str().into())
        .map_err(|_| refuse("--role: see daochang add-account --help"))?;
    let login = args.login.trim().to_lowercase();
    if login.is_empty() || login.chars().count() > 64 {
        return Err(refuse("--login: 1 to 64 characters"));
    }
    if role == Role::DistrictAuthority && district.is_none() {
        return Err(refuse("--district is required for district_authority"));
    }
    Ok(PersonRow {
        id: id.into(),
        login,
        name: args.name.clone(),
        role: args.role.clone(),
        org: org.into(),
        district: district.map(String::from),
        phone: args.phone.clone(),
        password_hash: String::new(),
        active: true,
    })
}

/// One line from standard input, so that it appears in no process list and no history.
fn read_password() -> io::Result<String> {
    if io::stdin().is_terminal() {
        eprintln!("Password (one line, shown while typing):");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        return Err(refuse(format!(
            "a password has {PASSWORD_CHARS_MIN} characters to {PASSWORD_BYTES_MAX} bytes"
        )));
    }
    Ok(password)
}

fn refuse(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}
