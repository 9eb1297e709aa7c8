using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Common.Wire;

namespace Millrace.Client.Errors;

/// <summary>What went wrong in a call, as a refusal: the coordinator's own words where it had any.</summary>
internal static class RpcErrors
{
    /// <summary>The reason of what was ended on this side.</summary>
    public const string EndedHere = "CALL_ENDED";

    public static Refusal Refusal(Exception exception) => exception switch
    {
        MillraceException refused => refused.Refusal,
        RpcException rpc => RefusalStatus.Find(rpc) ?? Unsaid(rpc),
        OperationCanceledException or ObjectDisposedException =>
            new Refusal(RefusalKind.Unavailable, EndedHere, exception.Message),
        _ => new Refusal(RefusalKind.Unavailable, "CALL_BROKEN", exception.Message),
    };

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
            StatusCode.Cancelled => new Refusal(RefusalKind.Unavailable, EndedHere, detail),
            _ => new Refusal(RefusalKind.Unavailable, "CALL_BROKEN", detail),
        };
    }
}
