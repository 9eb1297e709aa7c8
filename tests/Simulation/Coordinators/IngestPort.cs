using Millrace.Common.Model;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;

namespace Millrace.Simulation.Coordinators;

/// <summary>The coordinator's end of one Publish stream: the real scanner, and acks as the real stream gives
/// them.</summary>
internal sealed class IngestPort : IBatchOutcome
{
    private readonly CoordinatorProcess _process;
    private readonly StreamEnd _stream;
    private readonly BatchNames _names = new();
    private readonly ulong _id;
    private bool _refused;
    private int _outstanding;
    private Refusal? _badBatch;

    public IngestPort(CoordinatorProcess process, StreamEnd stream)
    {
        _process = process;
        _stream = stream;
        _id = process.NextStream();
        stream.Received = message => Take((PublishBatch)message);
    }

    public void Take(PublishBatch message)
    {
        if (_badBatch is not null)
        {
            return;
        }

        byte[] bytes = Wire.Encode(message);
        var batch = new OfferedBatch { PayloadLength = bytes.Length, StreamId = _id, Outcome = this };
        batch.Entries.Buffer = bytes;
        if (_process.Scanner.Scan(batch, _process.Routing, _names) is { } refusal)
        {
            _badBatch = refusal;
            EndIfDone();
            return;
        }

        _outstanding++;
        _process.Offer(batch);
    }

    public void Acknowledged(OfferedBatch batch, ulong lastSequence, int repeats, ulong position)
    {
        _outstanding--;
        if (repeats > 0)
        {
            string what = repeats == batch.Entries.Count ? "batch repeated" : "batch overlaps";
            _process.Node.World.Trace.Add(what, batch.ProducerId, lastSequence, (ulong)repeats);
        }

        if (!_refused)
        {
            _stream.Send(new PublishAck(batch.Topic!.Name, lastSequence, position, _process.Incarnation));
            EndIfDone();
        }
    }

    public void Refused(OfferedBatch batch, Refusal refusal)
    {
        _outstanding--;
        End(refusal);
    }

    /// <summary>A batch that could not be read is refused after all earlier ones have been answered.</summary>
    private void EndIfDone()
    {
        if (_badBatch is not null && _outstanding == 0)
        {
            End(_badBatch);
        }
    }

    private void End(Refusal refusal)
    {
        if (!_refused)
        {
            _refused = true;
            _process.Node.World.Trace.Add($"batch refused {refusal.Reason}", _process.Node.Name);
            _stream.Send(new Refused(refusal));
            _stream.Close();
        }
    }
}
