//! SPDX 2 documents in tag-value form, in the shape of SPDX's own JSON form (spdx.github.io/spdx-spec/v2.3).
//!
//! Documents, packages, files, relationships and other licences are read; a tag of another section is refused by name.

use serde_json::{Map, Value, json};

/// Reads a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut document = Map::new();
    let mut current: Option<(&str, Map<String, Value>)> = None;
    for (tag, value, line) in tags(text)? {
        let wrong = |message: &str| format!("line {line}: {message}");
        match tag.as_str() {
            "PackageName" | "FileName" | "LicenseID" => {
                close(&mut document, current.take());
                let (section, key) = match tag.as_str() {
                    "PackageName" => ("packages", "name"),
                    "FileName" => ("files", "fileName"),
                    _ => ("hasExtractedLicensingInfos", "licenseId"),
                };
                let mut members = Map::from_iter([(key.to_owned(), Value::String(value))]);
                if section == "packages" {
                    members.insert("filesAnalyzed".to_owned(), Value::Bool(true));
                }
                current = Some((section, members));
            }
            "Relationship" => {
                let mut parts = value.split_whitespace();
                let (Some(from), Some(kind), Some(to)) = (parts.next(), parts.next(), parts.next()) else {
                    return Err(wrong("a relationship has three parts"));
                };
                let relationship = json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to});
                push(&mut document, "relationships", relationship);
            }
            _ => match &mut current {
                Some((section, members)) => set_in(section, members, &tag, value),
                None => set_document(&mut document, &tag, value),
            }
            .map_err(|message| wrong(&message))?,
        }
    }
    close(&mut document, current.take());
    if !document.contains_key("spdxVersion") {
        return Err("SPDXVersion is missing".into());
    }
    // What conftest shows of a document that does not say it.
    for (key, value) in [
        ("SPDXID", json!("SPDXRef-")),
        ("dataLicense", json!("")),
        ("name", json!("")),
        ("documentNamespace", json!("")),
        ("creationInfo", Value::Null),
    ] {
        document.entry(key).or_insert(value);
    }
    Ok(Value::Object(document))
}

/// The tags of a text; a value between `<text>` and `</text>` may span lines.
fn tags(text: &str) -> Result<Vec<(String, String, usize)>, String> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (tag, value) = line.split_once(':').ok_or_else(|| format!("line {}: a tag has no value", index + 1))?;
        let mut value = value.trim().to_owned();
        if let Some(start) = value.strip_prefix("<text>") {
            let mut body = start.to_owned();
            let mut is_closed = start.contains("</text>");
            while !is_closed {
                let (_, more) = lines.next().ok_or_else(|| format!("line {}: `<text>` is not closed", index + 1))?;
                body.push('\n');
                body += more;
                is_closed = more.contains("</text>");
            }
            value = body.split("</text>").next().unwrap_or_default().to_owned();
        }
        found.push((tag.trim().to_owned(), value, index + 1));
    }
    Ok(found)
}

fn close(document: &mut Map<String, Value>, section: Option<(&str, Map<String, Value>)>) {
    if let Some((name, members)) = section {
        push(document, name, Value::Object(members));
    }
}

fn push(members: &mut Map<String, Value>, key: &str, value: Value) {
    match members.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(items) => items.push(value),
        other => *other = value,
    }
}

fn set_document(document: &mut Map<String, Value>, tag: &str, value: String) -> Result<(), String> {
    let key = match tag {
        "SPDXVersion" => "spdxVersion",
        "DataLicense" => "dataLicense",
        "SPDXID" => "SPDXID",
        "DocumentName" => "name",
        "DocumentNamespace" => "documentNamespace",
        "DocumentComment" => "comment",
        "Creator" | "Created" | "CreatorComment" | "LicenseListVersion" => {
            let info = document.entry("creationInfo").or_insert_with(|| json!({}));
            let Value::Object(info) = info else { return Ok(()) };
            match tag {
                "Creator" => push(info, "creators", Value::String(value)),
                "Created" => drop(info.insert("created".to_owned(), Value::String(value))),
                "CreatorComment" => drop(info.insert("comment".to_owned(), Value::String(value))),
                _ => drop(info.insert("licenseListVersion".to_owned(), Value::String(value))),
            }
            return Ok(());
        }
        other => return Err(format!("polity does not read the tag `{other}` here")),
    };
    document.insert(key.to_owned(), Value::String(value));
    Ok(())
}

fn set_in(section: &str, members: &mut Map<String, Value>, tag: &str, value: String) -> Result<(), String> {
    if let "PackageChecksum" | "FileChecksum" = tag {
        let (algorithm, sum) = value.split_once(':').ok_or("a checksum names its algorithm")?;
        push(members, "checksums", json!({"algorithm": algorithm.trim(), "checksumValue": sum.trim()}));
        return Ok(());
    }
    if tag == "ExternalRef" {
        let mut parts = value.split_whitespace();
        let mut next = || parts.next().ok_or("an external reference has three parts");
        let reference = json!({"referenceCategory": next()?, "referenceType": next()?, "referenceLocator": next()?});
        push(members, "externalRefs", reference);
        return Ok(());
    }
    let key = match tag {
        "SPDXID" => "SPDXID",
        "PackageVersion" => "versionInfo",
        "PackageFileName" => "packageFileName",
        "PackageSupplier" => "supplier",
        "PackageOriginator" => "originator",
        "PackageDownloadLocation" => "downloadLocation",
        "PackageHomePage" => "homepage",
        "PackageSourceInfo" => "sourceInfo",
        "PackageLicenseConcluded" | "LicenseConcluded" => "licenseConcluded",
        "PackageLicenseDeclared" => "licenseDeclared",
        "PackageLicenseComments" | "LicenseComments" => "licenseComments",
        "PackageCopyrightText" | "FileCopyrightText" => "copyrightText",
        "PackageSummary" => "summary",
        "PackageDescription" => "description",
        "PackageComment" | "FileComment" | "LicenseComment" => "comment",
        "PrimaryPackagePurpose" => "primaryPackagePurpose",
        "ExtractedText" => "extractedText",
        "LicenseName" => "name",
        "FilesAnalyzed" => {
            members.insert("filesAnalyzed".to_owned(), Value::Bool(value == "true"));
            return Ok(());
        }
        "FileType" | "PackageLicenseInfoFromFiles" | "LicenseInfoInFile" | "LicenseCrossReference" => {
            let key = match tag {
                "FileType" => "fileTypes",
                "PackageLicenseInfoFromFiles" => "licenseInfoFromFiles",
                "LicenseInfoInFile" => "licenseInfoInFiles",
                _ => "seeAlsos",
            };
            push(members, key, Value::String(value));
            return Ok(());
        }
        other => return Err(format!("polity does not read the tag `{other}` in {section}")),
    };
    members.insert(key.to_owned(), Value::String(value));
    Ok(())
}
