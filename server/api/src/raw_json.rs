//! A response body that is JSON already. The sync endpoints answer thousands of phones with
//! projections the store keeps as JSON text; parsing and printing them again would be the
//! larger part of the work. The specification still shows the schema of `T`.

use std::marker::PhantomData;

use poem::http::header::CONTENT_TYPE;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};

/// JSON text that has the shape of `T`; whoever makes one vouches for that.
pub struct RawJson<T> {
    text: String,
    shape: PhantomData<fn() -> T>,
}

impl<T> RawJson<T> {
    /// Sends `text` as it is.
    pub fn new(text: String) -> Self {
        Self {
            text,
            shape: PhantomData,
        }
    }
}

impl<T: Send> IntoResponse for RawJson<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .header(CONTENT_TYPE, <Json<String> as Payload>::CONTENT_TYPE)
            .body(self.text)
    }
}

impl<T: Type> Payload for RawJson<T> {
    const CONTENT_TYPE: &'static str = Json::<T>::CONTENT_TYPE;

    fn check_content_type(content_type: &str) -> bool {
        Json::<T>::check_content_type(content_type)
    }

    fn schema_ref() -> MetaSchemaRef {
        Json::<T>::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type + ToJSON> ApiResponse for RawJson<T> {
    fn meta() -> MetaResponses {
        <Json<T> as ApiResponse>::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
