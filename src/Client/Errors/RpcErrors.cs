using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Common.Wire;

namespace Millrace.Client.Errors;

/// <summary>What went wrong in a call, as a refusal: the coordinator's own words where it had any.</summary>
internal static class RpcErrors
{
    /// <summary>What a call may throw because of the other side, the network, or because it was ended here.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is RpcException or OperationCanceledException or ObjectDisposedException or InvalidOperationException
            or MillraceException;

    public static Refusal Refusal(Exception exception) => exception switch
    {
        MillraceException refused => refused.Refusal,
        RpcException rpc => RefusalStatus.Find(rpc) ?? Unsaid(rpc),
        _ => new Refusal(RefusalKind.Unavailable, "CALL_ENDED", exception.Message),
    };

    public static MillraceException Exception(RpcException exception) => new(Refusal(exception), exception);

    private static Refusal Unsaid(RpcException exception)
    {
        string detail = exception.Status.Detail;
        return exception.StatusCode switch
        {
            StatusCode.Unavailable => new Refusal(RefusalKind.Unavailable, "UNAVAILABLE", detail),
            StatusCode.DeadlineExceeded =>
                new Refusal(RefusalKind.DeadlineExceeded, "DEADLINE_EXCEEDED", "No answer came in time."),
            StatusCode.InvalidArgument => new Refusal(RefusalKind.InvalidArgument, "INVALID_ARGUMENT", detail),
            StatusCode.NotFound => new Refusal(RefusalKind.NotFound, "NOT_FOUND", detail),
            StatusCode.AlreadyExists => new Refusal(RefusalKind.AlreadyExists, "ALREADY_EXISTS", detail),
            StatusCode.FailedPrecondition => new Refusal(RefusalKind.FailedPrecondition, "FAILED_PRECONDITION", detail),
            StatusCode.ResourceExhausted => new Refusal(RefusalKind.ResourceExhausted, "RESOURCE_EXHAUSTED", detail),
            StatusCode.OutOfRange => new Refusal(RefusalKind.OutOfRange, "OUT_OF_RANGE", detail),
            StatusCode.Unimplemented => new Refusal(RefusalKind.Unimplemented, "UNIMPLEMENTED", detail),
            StatusCode.DataLoss => new Refusal(RefusalKind.DataLoss, "DATA_LOSS", detail),
            StatusCode.PermissionDenied or StatusCode.Unauthenticated =>
                new Refusal(RefusalKind.FailedPrecondition, "NOT_ALLOWED", detail),
            _ => new Refusal(RefusalKind.Unavailable, "CALL_BROKEN", detail),
        };
    }
}
