using Grpc.Core;

namespace Millrace.TestKit.FakeCluster;

/// <summary>Refusals as the coordinator sends them.</summary>
public static class FakeRefusals
{
    public static RpcException Of(StatusCode code, string reason, string message) =>
        new(new Status(code, message), new Metadata { { "millrace-reason", reason } });
}
