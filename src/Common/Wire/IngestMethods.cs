using Grpc.Core;
using Millrace.Protocol.Ingest.V1;

namespace Millrace.Common.Wire;

/// <summary>The methods of the ingest service that a producer calls with batches it has encoded itself. Any server of
/// the generated service understands them.</summary>
public static class IngestMethods
{
    public const string ServiceName = "millrace.ingest.v1.IngestService";

    public static Method<RawPublishRequest, PublishResponse> Publish { get; } = new(
        MethodType.DuplexStreaming,
        ServiceName,
        "Publish",
        RawPublishRequest.Marshaller,
        WireMarshallers.Generated<PublishResponse>());

    public static Method<RawPublishRequest, PublishBatchResponse> PublishBatch { get; } = new(
        MethodType.Unary,
        ServiceName,
        "PublishBatch",
        RawPublishRequest.Marshaller,
        WireMarshallers.Generated<PublishBatchResponse>());
}
