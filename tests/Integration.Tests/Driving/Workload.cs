using System.Numerics;
using Google.Protobuf;
using Millrace.Protocol.Type.V1;

namespace Millrace.Integration.Tests.Driving;

/// <summary>The events of a run. Each is a function of its producer and sequence, so that a retry sends the same
/// bytes.</summary>
/// <param name="Keys">How many different keys; some occur far more often than others.</param>
/// <param name="Padding">Bytes by which every event is larger than it need be.</param>
internal sealed record Workload(int Keys = 200, int Nonce = 7, int Padding = 0)
{
    private readonly Header[] _padding = Padding == 0
        ? []
        : [new Header { Name = "padding", Value = ByteString.CopyFrom(new byte[Padding]) }];

    public string KeyOf(string producer, long sequence)
    {
        uint mixed = Mix(producer, sequence);
        uint range = (mixed & 1) == 0 ? (uint)Keys : Math.Max(1, (uint)Keys / 20);
        return $"key-{(mixed >> 1) % range:d4}";
    }

    public string ValueOf(string producer, long sequence) =>
        $"{producer}:{sequence}:{Mix(producer, sequence) ^ (uint)Nonce:x8}";

    public Event Make(string producer, long sequence) => new()
    {
        Key = ByteString.CopyFromUtf8(KeyOf(producer, sequence)),
        Value = ByteString.CopyFromUtf8(ValueOf(producer, sequence)),
        EventTimeMs = 1_700_000_000_000 + sequence,
        Headers = { _padding },
    };

    private static uint Mix(string producer, long sequence)
    {
        uint hash = 2166136261;
        foreach (char c in producer)
        {
            hash = (hash ^ c) * 16777619;
        }

        hash = (hash ^ (uint)sequence) * 2654435769;
        return BitOperations.RotateLeft(hash, 15) * 2246822519;
    }
}
