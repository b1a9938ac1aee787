//! Messages of go-plugin's own services and of gRPC's health service.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct HealthCheckRequest {
    #[prost(string, tag = "1")]
    pub service: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct HealthCheckResponse {
    /// 1 is SERVING.
    #[prost(int32, tag = "1")]
    pub status: i32,
}

/// Output of the plugin, relayed to the host. Never sent: this plugin logs to the real stderr.
#[derive(Clone, PartialEq, Message)]
pub struct StdioData {
    /// 1 is stdout, 2 is stderr.
    #[prost(int32, tag = "1")]
    pub channel: i32,
    #[prost(bytes = "vec", tag = "2")]
    pub data: Vec<u8>,
}

/// A side connection of the broker. Never opened by Terraform's providers.
#[derive(Clone, PartialEq, Message)]
pub struct ConnInfo {
    #[prost(uint32, tag = "1")]
    pub service_id: u32,
    /// `unix` or `tcp`.
    #[prost(string, tag = "2")]
    pub network: String,
    #[prost(string, tag = "3")]
    pub address: String,
}
