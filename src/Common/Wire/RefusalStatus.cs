using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Protocol.Type.V1;

namespace Millrace.Common.Wire;

/// <summary>
/// A refusal as a gRPC status and back. The reason and the variables travel in the trailers: "millrace-reason" as text,
/// "grpc-status-details-bin" for every language's standard helper.
/// </summary>
public static class RefusalStatus
{
    public const string ReasonTrailer = "millrace-reason";
    public const string DetailsTrailer = "grpc-status-details-bin";

    private const string ErrorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";
    private const string RetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";
    private const string Domain = "millrace.dev";

    /// <summary>Refusals repeat what callers sent; some clients take no more than 8 KiB of trailers.</summary>
    private const int MaxMessageLength = 1000;
    private const int MaxValueLength = 200;

    public static RpcException ToRpcException(this Refusal refusal)
    {
        string message = Shorten(refusal.Message, MaxMessageLength);
        StatusCode code = CodeOf(refusal.Kind);
        var info = new ErrorInfo { Reason = refusal.Reason, Domain = Domain };
        foreach ((string name, string value) in refusal.Metadata)
        {
            info.Metadata[name] = Shorten(value, MaxValueLength);
        }

        var status = new ErrorStatus { Code = (int)code, Message = message };
        status.Details.Add(new Any { TypeUrl = ErrorInfoType, Value = info.ToByteString() });
        if (refusal.RetryAfter is { } after)
        {
            var retry = new RetryInfo { RetryDelay = Duration.FromTimeSpan(after) };
            status.Details.Add(new Any { TypeUrl = RetryInfoType, Value = retry.ToByteString() });
        }

        var trailers = new Metadata
        {
            { ReasonTrailer, refusal.Reason },
            { DetailsTrailer, status.ToByteArray() },
        };
        return new RpcException(new Status(code, message), trailers);
    }

    /// <summary>The refusal that the other side sent; null when the failure is not one of Millrace's
    /// refusals.</summary>
    public static Refusal? Find(RpcException exception)
    {
        if (KindOf(exception.StatusCode) is not { } kind
            || exception.Trailers.GetValue(ReasonTrailer) is not { Length: > 0 } reason)
        {
            return null;
        }

        var refusal = new Refusal(kind, reason, exception.Status.Detail);
        return WithDetails(refusal, exception.Trailers);
    }

    public static StatusCode CodeOf(RefusalKind kind) => kind switch
    {
        RefusalKind.InvalidArgument => StatusCode.InvalidArgument,
        RefusalKind.NotFound => StatusCode.NotFound,
        RefusalKind.AlreadyExists => StatusCode.AlreadyExists,
        RefusalKind.FailedPrecondition => StatusCode.FailedPrecondition,
        RefusalKind.Aborted => StatusCode.Aborted,
        RefusalKind.ResourceExhausted => StatusCode.ResourceExhausted,
        RefusalKind.OutOfRange => StatusCode.OutOfRange,
        RefusalKind.Unavailable => StatusCode.Unavailable,
        RefusalKind.DeadlineExceeded => StatusCode.DeadlineExceeded,
        RefusalKind.Unimplemented => StatusCode.Unimplemented,
        RefusalKind.DataLoss => StatusCode.DataLoss,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of refusal."),
    };

    private static RefusalKind? KindOf(StatusCode code)
    {
        foreach (RefusalKind kind in System.Enum.GetValues<RefusalKind>())
        {
            if (CodeOf(kind) == code)
            {
                return kind;
            }
        }

        return null;
    }

    /// <summary>Details that cannot be read are left out: the reason alone is enough to act on.</summary>
    private static Refusal WithDetails(Refusal refusal, Metadata trailers)
    {
        try
        {
            var metadata = new Dictionary<string, string>();
            TimeSpan? retryAfter = null;
            byte[] bytes = trailers.GetValueBytes(DetailsTrailer) ?? [];
            foreach (Any detail in ErrorStatus.Parser.ParseFrom(bytes).Details)
            {
                if (detail.TypeUrl == ErrorInfoType)
                {
                    foreach ((string name, string value) in ErrorInfo.Parser.ParseFrom(detail.Value).Metadata)
                    {
                        metadata[name] = value;
                    }
                }
                else if (detail.TypeUrl == RetryInfoType)
                {
                    retryAfter = RetryInfo.Parser.ParseFrom(detail.Value).RetryDelay?.ToTimeSpan();
                }
            }

            return refusal with { Metadata = metadata, RetryAfter = retryAfter };
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidOperationException)
        {
            return refusal;
        }
    }

    private static string Shorten(string text, int length) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, length - 3), "...");
}
