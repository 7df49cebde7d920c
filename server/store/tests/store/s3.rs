//! An S3 service as far as photos need one: it keeps objects in memory and knows conditional writes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use store::BlobLocation;

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Starts one, which lives as long as the process, and says where it is.
pub fn start() -> BlobLocation {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let objects = Objects::default();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let objects = Arc::clone(&objects);
            std::thread::spawn(move || serve(connection.unwrap(), &objects));
        }
    });
    let options = [
        ("AWS_ENDPOINT", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "cn-south-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EXECUTION_ENV", "a variable of somebody else"),
    ];
    BlobLocation::Bucket {
        url: "s3://photos/daochang".to_owned(),
        options: options
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
    }
}

struct Request {
    method: String,
    /// Without the bucket.
    key: String,
    query: String,
    creates: bool,
    body: Vec<u8>,
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if stream.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut creates) = (0, false);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        match name {
            "content-length" => length = value.trim().parse().ok()?,
            "if-none-match" => creates = value.trim() == "*",
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request {
        method,
        key: path
            .trim_start_matches("/photos")
            .trim_matches('/')
            .to_owned(),
        query: query.replace("%2F", "/"),
        creates,
        body,
    })
}

fn serve(stream: TcpStream, objects: &Objects) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        let is_head = request.method == "HEAD";
        let (status, body) = answer(request, objects);
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: \"e\"\r\nlast-modified: Wed, 25 Nov 2026 00:00:00 GMT\r\n\r\n",
            body.len()
        );
        let body = if is_head { Vec::new() } else { body };
        if writer
            .write_all(&[head.into_bytes(), body].concat())
            .is_err()
        {
            return;
        }
    }
}

fn answer(request: Request, objects: &Objects) -> (&'static str, Vec<u8>) {
    let mut objects = objects.lock().unwrap();
    let Request { method, key, .. } = request;
    match method.as_str() {
        "PUT" if request.creates && objects.contains_key(&key) => {
            ("412 Precondition Failed", Vec::new())
        }
        "PUT" => {
            objects.insert(key, request.body);
            ("200 OK", Vec::new())
        }
        "GET" if key.is_empty() => ("200 OK", listed(&request.query, &objects)),
        "GET" | "HEAD" => match objects.get(&key) {
            Some(bytes) => ("200 OK", bytes.clone()),
            None => ("404 Not Found", Vec::new()),
        },
        "POST" => {
            let body = String::from_utf8(request.body).unwrap();
            let mut deleted = String::new();
            for part in body.split("<Key>").skip(1) {
                let key = part.split("</Key>").next().unwrap();
                objects.remove(key);
                deleted += &format!("<Deleted><Key>{key}</Key></Deleted>");
            }
            let answer = format!("<DeleteResult>{deleted}</DeleteResult>");
            ("200 OK", answer.into_bytes())
        }
        "DELETE" => {
            objects.remove(&key);
            ("204 No Content", Vec::new())
        }
        _ => ("405 Method Not Allowed", Vec::new()),
    }
}

fn listed(query: &str, objects: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let prefix = query
        .split('&')
        .find_map(|part| part.strip_prefix("prefix="))
        .unwrap_or_default();
    let found = objects.iter().filter(|(key, _)| key.starts_with(prefix));
    let contents: String = found
        .map(|(key, bytes)| {
            let size = bytes.len();
            format!(
                "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>e</ETag><LastModified>2026-11-25T00:00:00.000Z</LastModified></Contents>"
            )
        })
        .collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>")
        .into_bytes()
}
