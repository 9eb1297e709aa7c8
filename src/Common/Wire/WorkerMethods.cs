using Grpc.Core;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Common.Wire;

/// <summary>The worker protocol's data stream without an object per event, for both sides.</summary>
public static class WorkerMethods
{
    public const string ServiceName = "millrace.worker.v1.WorkerProtocolService";

    public static Method<FetchRequest, RawFetchResponse> Fetch { get; } = new(
        MethodType.DuplexStreaming,
        ServiceName,
        "Fetch",
        WireMarshallers.Generated<FetchRequest>(),
        RawFetchResponse.Marshaller);
}
