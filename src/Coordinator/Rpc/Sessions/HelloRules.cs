using Millrace.Common.Model;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Sessions;

/// <summary>What a first message on a control stream must look like.</summary>
internal static class HelloRules
{
    public const uint ProtocolVersion = 1;

    private const int MaxHeldTasks = 65_536;
    private const int MaxOperators = 1_000;
    private const int MaxLabels = 64;
    private const int MaxTextLength = 200;

    /// <summary>Null when it is good.</summary>
    public static Refusal? Check(Proto.SessionRequest first)
    {
        if (first.MessageCase != Proto.SessionRequest.MessageOneofCase.Hello)
        {
            return Refusal.BadField("message", "The first message on a control stream must be a hello.");
        }

        Proto.Hello hello = first.Hello;
        if (hello.ProtocolVersion != ProtocolVersion)
        {
            return new Refusal(
                RefusalKind.Unimplemented,
                hello.ProtocolVersion < ProtocolVersion ? "PROTOCOL_TOO_OLD" : "PROTOCOL_TOO_NEW",
                $"The worker speaks protocol version {hello.ProtocolVersion}, the coordinator {ProtocolVersion}.")
            {
                Metadata = new Dictionary<string, string>
                {
                    ["workerVersion"] = $"{hello.ProtocolVersion}",
                    ["coordinatorVersion"] = $"{ProtocolVersion}",
                },
            };
        }

        return Names.Check(hello.Worker, "hello.worker")
            ?? (hello.Incarnation == 0
                ? Refusal.BadField("hello.incarnation", "A worker's incarnation must not be 0.")
                : null)
            ?? CheckBounds(hello);
    }

    private static Refusal? CheckBounds(Proto.Hello hello)
    {
        if (hello.Held.Count > MaxHeldTasks)
        {
            return Refusal.BadField("hello.held", $"A worker holds at most {MaxHeldTasks} tasks.");
        }

        if (hello.Operators.Count > MaxOperators || hello.Operators.Any(o => !Names.IsValid(o)))
        {
            return Refusal.BadField(
                "hello.operators", $"A worker names at most {MaxOperators} operators, each of {Names.Rule}.");
        }

        bool tooLong = hello.Sdk.Length > MaxTextLength
            || hello.Labels.Any(l => l.Key.Length > MaxTextLength || l.Value.Length > MaxTextLength);
        return hello.Labels.Count > MaxLabels || tooLong
            ? Refusal.BadField(
                "hello.labels", $"At most {MaxLabels} labels; they and sdk have at most {MaxTextLength} characters.")
            : null;
    }
}
