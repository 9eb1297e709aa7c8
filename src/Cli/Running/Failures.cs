using System.Net.Sockets;
using Grpc.Core;
using Millrace.Cli.Output;
using Millrace.Client;
using Millrace.Common.Model;

namespace Millrace.Cli.Running;

/// <summary>Turns what the client library throws into words for the person at the keyboard.</summary>
internal static class Failures
{
    public static async Task<Failure> OfAsync(MillraceException exception, Uri? server, CancellationToken cancellation)
    {
        Refusal refusal = exception.Refusal;
        bool noAnswer = refusal.Kind == RefusalKind.Unavailable && exception.InnerException is RpcException
            && refusal.Reason is "UNAVAILABLE" or "CALL_BROKEN";
        return noAnswer && server is not null
            ? await UnreachableAsync(exception, server, cancellation).ConfigureAwait(false)
            : Of(refusal);
    }

    public static Failure Of(Refusal refusal)
    {
        refusal.Metadata.TryGetValue("didYouMean", out string? near);
        string why = string.IsNullOrEmpty(near) ? "" : $"did you mean \"{near}\"?";
        return new Failure(refusal.Message, why, Advice(refusal.Reason), refusal.Reason, ExitCode.Of(refusal));
    }

    private static string Advice(string reason) => reason switch
    {
        "NO_SUCH_TOPIC" => "`millrace topics list`, or `millrace topics create NAME`",
        "NO_SUCH_JOB" => "`millrace jobs list`, or `millrace jobs deploy count NAME --topic TOPIC`",
        "NO_SUCH_WORKER" => "`millrace workers list`",
        "NO_SUCH_ASSIGNMENT" => "`millrace partitions list`",
        "NO_SUCH_OPERATION" => "`millrace operations list`",
        "WORKER_CORDONED" => "`millrace workers uncordon WORKER`, or another worker",
        "WORKER_NOT_ALIVE" or "WORKER_CANNOT_TAKE" => "`millrace workers list`, and another worker",
        "STALE_EPOCH" or "ALREADY_THERE" => "`millrace partitions list`, then again",
        "PINNED" => "`millrace partitions unpin JOB PART`, or `--pin`",
        "PIN_AGAINST_LABELS" or "NO_WORKER_MATCHES" => "`millrace workers list` shows labels",
        "NO_WORKER_TO_DRAIN_TO" => "start a worker, or `millrace workers uncordon WORKER`",
        "OPERATION_CONFLICT" => "`millrace operations list`, then wait for it or cancel it",
        "NO_READY_WORKERS" => "`millrace dev add-worker`, or start a worker",
        "TOPIC_EXISTS" => "`millrace topics list`",
        "JOB_EXISTS" => "`millrace jobs list`",
        "NO_ENDPOINTS" => "start the coordinator that uses this directory, or `--server HOST:PORT`",
        "COORDINATOR_STARTING" or "WAIT_TIMEOUT" => "the same again in a moment",
        _ => "",
    };

    private static async Task<Failure> UnreachableAsync(
        MillraceException exception, Uri server, CancellationToken cancellation)
    {
        string place = server.Authority;
        SocketException? socket = Find<SocketException>(exception);
        if (socket is { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return new Failure(
                $"cannot reach a coordinator at {place} (connection refused)",
                "nothing listens there",
                "`millrace dev`, or `--server HOST:PORT`",
                "UNAVAILABLE",
                ExitCode.Unreachable);
        }

        if (socket is not null)
        {
            return new Failure(
                $"cannot reach a coordinator at {place}",
                socket.Message,
                "`--server HOST:PORT` with the address that the coordinator printed when it started",
                "UNAVAILABLE",
                ExitCode.Unreachable);
        }

        return await PortProbe.AskAsync(server, cancellation).ConfigureAwait(false) == PortKind.Web
            ? new Failure(
                $"{place} answers, but as a web page, not gRPC",
                "the coordinator has two ports: this is the one for browsers and probes; gRPC is on 7400 by default",
                $"`--server {server.Host}:7400`",
                "UNAVAILABLE",
                ExitCode.Unreachable)
            : new Failure(
                $"the coordinator at {place} broke off",
                exception.Refusal.Message,
                "the same again in a moment; it may be starting",
                exception.Refusal.Reason,
                ExitCode.Unreachable);
    }

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = Inner(exception))
        {
            if (exception is T found)
            {
                return found;
            }
        }

        return null;
    }

    private static Exception? Inner(Exception exception) =>
        exception is RpcException rpc ? rpc.Status.DebugException : exception.InnerException;
}
