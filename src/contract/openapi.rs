//! The objects of OpenAPI 3.0.4, 3.1.1 and 3.2.0 as tables: which fields each has, since and until which version, and what they hold.
//!
//! Written down from the specification's text (spec.openapis.org); data only, `structure` walks it.

use super::shape::{Extra, Field, Is, Reference, Rest, Shape, may, must};

// Macros and not constants: a constant that reaches a table which uses it would be a cycle for the compiler.
macro_rules! texts {
    () => {
        Is::List(&Is::Text)
    };
}
macro_rules! schemas {
    () => {
        Is::Filled(&Is::Object(&SCHEMA))
    };
}
macro_rules! examples {
    () => {
        Is::Map(&Is::Object(&EXAMPLE))
    };
}
macro_rules! headers {
    () => {
        Is::Headers(&Is::Object(&HEADER))
    };
}
macro_rules! content {
    () => {
        Is::Map(&Is::Object(&MEDIA_TYPE))
    };
}
macro_rules! servers {
    () => {
        Is::List(&Is::Object(&SERVER))
    };
}
macro_rules! parameters {
    () => {
        Is::List(&Is::Object(&PARAMETER))
    };
}
macro_rules! security {
    () => {
        Is::List(&Is::Object(&REQUIREMENT))
    };
}
macro_rules! docs {
    () => {
        Is::Object(&EXTERNAL_DOCS)
    };
}

const TYPED: &[&str] = &["matrix", "label", "simple", "form", "spaceDelimited", "pipeDelimited", "deepObject", "cookie"];

const fn shape(name: &'static str, fields: &'static [Field]) -> Shape {
    Shape { name, fields, rest: Rest::Closed, reference: Reference::No, extra: Extra::None }
}

const fn component(name: &'static str, section: &'static str, extra: Extra, fields: &'static [Field]) -> Shape {
    Shape { name, fields, rest: Rest::Closed, reference: Reference::Instead(section), extra }
}

pub(super) static ROOT: Shape = Shape {
    extra: Extra::Root,
    ..shape(
        "document",
        &[
            must("openapi", Is::Text),
            must("info", Is::Object(&INFO)),
            must("paths", Is::Object(&PATHS)).until(0),
            may("paths", Is::Object(&PATHS)).since(1),
            may("webhooks", Is::Map(&Is::Object(&PATH_ITEM))).since(1),
            may("components", Is::Object(&COMPONENTS)),
            may("servers", servers!()),
            may("security", security!()),
            may("tags", Is::List(&Is::Object(&TAG))),
            may("externalDocs", docs!()),
            may("jsonSchemaDialect", Is::Text).since(1),
            may("$self", Is::Text).since(2),
        ],
    )
};

static INFO: Shape = shape(
    "info",
    &[
        must("title", Is::Text),
        must("version", Is::Text),
        may("summary", Is::Text).since(1),
        may("description", Is::Text),
        may("termsOfService", Is::Text),
        may("contact", Is::Object(&CONTACT)),
        may("license", Is::Object(&LICENSE)),
    ],
);

static CONTACT: Shape = shape("contact", &[may("name", Is::Text), may("url", Is::Text), may("email", Is::Text)]);

static LICENSE: Shape = Shape {
    extra: Extra::Excludes(&[("identifier", "url")]),
    ..shape("license", &[must("name", Is::Text), may("url", Is::Text), may("identifier", Is::Text).since(1)])
};

static EXTERNAL_DOCS: Shape = shape("external documentation", &[must("url", Is::Text), may("description", Is::Text)]);

static TAG: Shape = shape(
    "tag",
    &[
        must("name", Is::Text),
        may("description", Is::Text),
        may("externalDocs", docs!()),
        may("summary", Is::Text).since(2),
        may("parent", Is::Text).since(2),
        may("kind", Is::Text).since(2),
    ],
);

static SERVER: Shape = Shape {
    extra: Extra::Server,
    ..shape(
        "server",
        &[
            must("url", Is::Text),
            may("description", Is::Text),
            may("variables", Is::Map(&Is::Object(&VARIABLE))),
            may("name", Is::Text).since(2),
        ],
    )
};

static VARIABLE: Shape =
    shape("server variable", &[must("default", Is::Text), may("enum", Is::Filled(&Is::Text)), may("description", Is::Text)]);

static COMPONENTS: Shape = shape(
    "components",
    &[
        may("schemas", Is::Named(&Is::Object(&SCHEMA))),
        may("responses", Is::Named(&Is::Object(&RESPONSE))),
        may("parameters", Is::Named(&Is::Object(&PARAMETER))),
        may("examples", Is::Named(&Is::Object(&EXAMPLE))),
        may("requestBodies", Is::Named(&Is::Object(&REQUEST_BODY))),
        may("headers", Is::Named(&Is::Object(&HEADER))),
        may("securitySchemes", Is::Named(&Is::Object(&SECURITY_SCHEME))),
        may("links", Is::Named(&Is::Object(&LINK))),
        may("callbacks", Is::Named(&Is::Object(&CALLBACK))),
        may("pathItems", Is::Named(&Is::Object(&PATH_ITEM))).since(1),
        may("mediaTypes", Is::Named(&Is::Object(&MEDIA_TYPE))).since(2),
    ],
);

static PATHS: Shape = Shape { rest: Rest::Paths(&Is::Object(&PATH_ITEM)), ..shape("paths", &[]) };

static PATH_ITEM: Shape = Shape {
    reference: Reference::Beside("pathItems"),
    ..shape(
        "path item",
        &[
            may("summary", Is::Text),
            may("description", Is::Text),
            may("get", Is::Object(&OPERATION)),
            may("put", Is::Object(&OPERATION)),
            may("post", Is::Object(&OPERATION)),
            may("delete", Is::Object(&OPERATION)),
            may("options", Is::Object(&OPERATION)),
            may("head", Is::Object(&OPERATION)),
            may("patch", Is::Object(&OPERATION)),
            may("trace", Is::Object(&OPERATION)),
            may("query", Is::Object(&OPERATION)).since(2),
            may("additionalOperations", Is::Map(&Is::Object(&OPERATION))).since(2),
            may("servers", servers!()),
            may("parameters", parameters!()),
        ],
    )
};

static OPERATION: Shape = Shape {
    extra: Extra::Operation,
    ..shape(
        "operation",
        &[
            may("tags", texts!()),
            may("summary", Is::Text),
            may("description", Is::Text),
            may("externalDocs", docs!()),
            may("operationId", Is::Text),
            may("parameters", parameters!()),
            may("requestBody", Is::Object(&REQUEST_BODY)),
            may("responses", Is::Object(&RESPONSES)),
            may("callbacks", Is::Map(&Is::Object(&CALLBACK))),
            may("deprecated", Is::Flag),
            may("security", security!()),
            may("servers", servers!()),
        ],
    )
};

static PARAMETER: Shape = component(
    "parameter",
    "parameters",
    Extra::Parameter,
    &[
        must("name", Is::Text),
        must("in", Is::Word(&["query", "header", "path", "cookie"])).until(1),
        must("in", Is::Word(&["query", "header", "path", "cookie", "querystring"])).since(2),
        may("description", Is::Text),
        may("required", Is::Flag),
        may("deprecated", Is::Flag),
        may("allowEmptyValue", Is::Flag),
        may("style", Is::Word(TYPED)),
        may("explode", Is::Flag),
        may("allowReserved", Is::Flag),
        may("schema", Is::Object(&SCHEMA)),
        may("content", content!()),
        may("example", Is::Any),
        may("examples", examples!()),
    ],
);

static REQUEST_BODY: Shape = component(
    "request body",
    "requestBodies",
    Extra::None,
    &[must("content", content!()), may("description", Is::Text), may("required", Is::Flag)],
);

static MEDIA_TYPE: Shape = component(
    "media type",
    "mediaTypes",
    Extra::Excludes(&[("example", "examples"), ("encoding", "prefixEncoding"), ("encoding", "itemEncoding")]),
    &[
        may("description", Is::Text).since(2),
        may("schema", Is::Object(&SCHEMA)),
        may("example", Is::Any),
        may("examples", examples!()),
        may("encoding", Is::Map(&Is::Object(&ENCODING))),
        may("itemSchema", Is::Object(&SCHEMA)).since(2),
        may("prefixEncoding", Is::List(&Is::Object(&ENCODING))).since(2),
        may("itemEncoding", Is::Object(&ENCODING)).since(2),
    ],
);

static ENCODING: Shape = Shape {
    extra: Extra::Excludes(&[("encoding", "prefixEncoding"), ("encoding", "itemEncoding")]),
    ..shape(
        "encoding",
        &[
            may("contentType", Is::Text),
            may("headers", headers!()),
            may("style", Is::Word(TYPED)),
            may("explode", Is::Flag),
            may("allowReserved", Is::Flag),
            may("encoding", Is::Map(&Is::Object(&ENCODING))).since(2),
            may("prefixEncoding", Is::List(&Is::Object(&ENCODING))).since(2),
            may("itemEncoding", Is::Object(&ENCODING)).since(2),
        ],
    )
};

static RESPONSES: Shape = Shape { rest: Rest::Statuses(&Is::Object(&RESPONSE)), ..shape("responses", &[]) };

static RESPONSE: Shape = component(
    "response",
    "responses",
    Extra::None,
    &[
        must("description", Is::Text).until(1),
        may("description", Is::Text).since(2),
        may("summary", Is::Text).since(2),
        may("headers", headers!()),
        may("content", content!()),
        may("links", Is::Map(&Is::Object(&LINK))),
    ],
);

static CALLBACK: Shape = Shape { rest: Rest::Each(&Is::Object(&PATH_ITEM)), ..component("callback", "callbacks", Extra::None, &[]) };

static EXAMPLE: Shape = component(
    "example",
    "examples",
    Extra::Excludes(&[
        ("value", "externalValue"),
        ("value", "dataValue"),
        ("value", "serializedValue"),
        ("serializedValue", "externalValue"),
    ]),
    &[
        may("summary", Is::Text),
        may("description", Is::Text),
        may("value", Is::Any),
        may("externalValue", Is::Text),
        may("dataValue", Is::Any).since(2),
        may("serializedValue", Is::Text).since(2),
    ],
);

static LINK: Shape = component(
    "link",
    "links",
    Extra::Link,
    &[
        may("operationRef", Is::Text),
        may("operationId", Is::Text),
        may("parameters", Is::Map(&Is::Any)),
        may("requestBody", Is::Any),
        may("description", Is::Text),
        may("server", Is::Object(&SERVER)),
    ],
);

static HEADER: Shape = component(
    "header",
    "headers",
    Extra::Header,
    &[
        may("description", Is::Text),
        may("required", Is::Flag),
        may("deprecated", Is::Flag),
        may("allowEmptyValue", Is::Flag).until(0),
        may("style", Is::Word(&["simple"])),
        may("explode", Is::Flag),
        may("allowReserved", Is::Flag).until(0),
        may("schema", Is::Object(&SCHEMA)),
        may("content", content!()),
        may("example", Is::Any),
        may("examples", examples!()),
    ],
);

static SECURITY_SCHEME: Shape = component(
    "security scheme",
    "securitySchemes",
    Extra::SecurityScheme,
    &[
        must("type", Is::Word(&["apiKey", "http", "oauth2", "openIdConnect"])).until(0),
        must("type", Is::Word(&["apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"])).since(1),
        may("description", Is::Text),
        may("name", Is::Text),
        may("in", Is::Word(&["query", "header", "cookie"])),
        may("scheme", Is::Text),
        may("bearerFormat", Is::Text),
        may("flows", Is::Object(&FLOWS)),
        may("openIdConnectUrl", Is::Text),
        may("oauth2MetadataUrl", Is::Text).since(2),
        may("deprecated", Is::Flag).since(2),
    ],
);

static FLOWS: Shape = shape(
    "OAuth flows",
    &[
        may("implicit", Is::Object(&FLOW)),
        may("password", Is::Object(&FLOW)),
        may("clientCredentials", Is::Object(&FLOW)),
        may("authorizationCode", Is::Object(&FLOW)),
        may("deviceAuthorization", Is::Object(&FLOW)).since(2),
    ],
);

static FLOW: Shape = shape(
    "OAuth flow",
    &[
        must("scopes", Is::Map(&Is::Text)),
        may("authorizationUrl", Is::Text),
        may("tokenUrl", Is::Text),
        may("refreshUrl", Is::Text),
        may("deviceAuthorizationUrl", Is::Text).since(2),
    ],
);

static REQUIREMENT: Shape =
    Shape { rest: Rest::Each(&Is::List(&Is::Text)), extra: Extra::Requirement, ..shape("security requirement", &[]) };

pub(super) static SCHEMA: Shape = Shape {
    rest: Rest::OpenSince31,
    reference: Reference::Beside("schemas"),
    extra: Extra::Schema,
    ..shape(
        "schema",
        &[
            may("title", Is::Text),
            may("description", Is::Text),
            may("type", Is::SchemaType),
            may("format", Is::Text),
            may("enum", Is::List(&Is::Any)),
            may("const", Is::Any).since(1),
            may("default", Is::Any),
            may("example", Is::Any),
            may("examples", Is::List(&Is::Any)).since(1),
            may("nullable", Is::Flag),
            may("readOnly", Is::Flag),
            may("writeOnly", Is::Flag),
            may("deprecated", Is::Flag),
            may("multipleOf", Is::Number),
            may("minimum", Is::Number),
            may("maximum", Is::Number),
            may("exclusiveMinimum", Is::Exclusive),
            may("exclusiveMaximum", Is::Exclusive),
            may("minLength", Is::Count),
            may("maxLength", Is::Count),
            may("pattern", Is::Pattern),
            may("minItems", Is::Count),
            may("maxItems", Is::Count),
            may("uniqueItems", Is::Flag),
            may("items", Is::Object(&SCHEMA)),
            may("prefixItems", schemas!()).since(1),
            may("contains", Is::Object(&SCHEMA)).since(1),
            may("minContains", Is::Count).since(1),
            may("maxContains", Is::Count).since(1),
            may("unevaluatedItems", Is::Object(&SCHEMA)).since(1),
            may("minProperties", Is::Count),
            may("maxProperties", Is::Count),
            may("required", texts!()),
            may("properties", Is::Map(&Is::Object(&SCHEMA))),
            may("patternProperties", Is::Patterns).since(1),
            may("propertyNames", Is::Object(&SCHEMA)).since(1),
            may("additionalProperties", Is::FlagOrSchema),
            may("unevaluatedProperties", Is::Object(&SCHEMA)).since(1),
            may("dependentRequired", Is::Map(&Is::List(&Is::Text))).since(1),
            may("dependentSchemas", Is::Map(&Is::Object(&SCHEMA))).since(1),
            may("allOf", schemas!()),
            may("anyOf", schemas!()),
            may("oneOf", schemas!()),
            may("not", Is::Object(&SCHEMA)),
            may("if", Is::Object(&SCHEMA)).since(1),
            may("then", Is::Object(&SCHEMA)).since(1),
            may("else", Is::Object(&SCHEMA)).since(1),
            may("contentEncoding", Is::Text).since(1),
            may("contentMediaType", Is::Text).since(1),
            may("contentSchema", Is::Object(&SCHEMA)).since(1),
            may("discriminator", Is::Object(&DISCRIMINATOR)),
            may("externalDocs", docs!()),
            may("xml", Is::Object(&XML)),
            may("$defs", Is::Map(&Is::Object(&SCHEMA))).since(1),
            may("$id", Is::Text).since(1),
            may("$schema", Is::Text).since(1),
            may("$anchor", Is::Text).since(1),
            may("$dynamicAnchor", Is::Text).since(1),
            may("$dynamicRef", Is::Text).since(1),
            may("$comment", Is::Text).since(1),
        ],
    )
};

static DISCRIMINATOR: Shape =
    shape("discriminator", &[must("propertyName", Is::Text), may("mapping", Is::Map(&Is::Text)), may("defaultMapping", Is::Text).since(2)]);

static XML: Shape = Shape {
    extra: Extra::Excludes(&[("nodeType", "attribute"), ("nodeType", "wrapped")]),
    ..shape(
        "XML",
        &[
            may("name", Is::Text),
            may("namespace", Is::Text),
            may("prefix", Is::Text),
            may("attribute", Is::Flag),
            may("wrapped", Is::Flag),
            may("nodeType", Is::Text).since(2),
        ],
    )
};
