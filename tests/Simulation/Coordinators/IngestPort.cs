using Millrace.Common.Model;
using Millrace.Coordinator.Core.Intake;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;

namespace Millrace.Simulation.Coordinators;

/// <summary>The coordinator's end of one Publish stream: the real scanner and the real line in front of the loop, and
/// acks as the real stream gives them. While its batch stands in the line nothing more is taken from the
/// stream.</summary>
internal sealed class IngestPort : IBatchOutcome
{
    private readonly CoordinatorProcess _process;
    private readonly StreamEnd _stream;
    private readonly BatchNames _names = new();
    private readonly Queue<PublishBatch> _later = new();
    private readonly ulong _id;
    private bool _waits;
    private bool _refused;
    private int _outstanding;
    private Refusal? _badBatch;

    public IngestPort(CoordinatorProcess process, StreamEnd stream)
    {
        _process = process;
        _stream = stream;
        _id = process.NextStream();
        stream.Received = message => Receive((PublishBatch)message);
    }

    public IntakeFlow Flow { get; } = new();

    public void Receive(PublishBatch message)
    {
        _later.Enqueue(message);
        TakeAll();
        _process.Pump();
    }

    /// <summary>The batch that stood in the line is inside.</summary>
    public void LetIn()
    {
        _waits = false;
        TakeAll();
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

        _process.Leave(batch);
    }

    public void Refused(OfferedBatch batch, Refusal refusal)
    {
        _outstanding--;
        End(refusal);
        _process.Leave(batch);
    }

    private void TakeAll()
    {
        while (!_waits && _badBatch is null && _later.TryDequeue(out PublishBatch? message))
        {
            Take(message);
        }
    }

    private void Take(PublishBatch message)
    {
        MemoryStream bytes = Wire.Encode(message);
        var batch = new OfferedBatch { PayloadLength = (int)bytes.Length, StreamId = _id, Outcome = this };
        batch.Entries.Buffer = bytes.GetBuffer();
        _badBatch = _process.Scanner.Scan(batch, _process.Routing, _names);
        if (_badBatch is null)
        {
            switch (_process.Enter(this, batch))
            {
                case Entrance.Open:
                    _outstanding++;
                    break;
                case Entrance.Waits:
                    _outstanding++;
                    _waits = true;
                    break;
                default:
                    _badBatch = IngestRefusals.Overloaded("Too much waits.", IntakeGate.SoonestRetry);
                    break;
            }
        }

        EndIfDone();
    }

    /// <summary>A batch that could not be taken is refused after all earlier ones have been answered.</summary>
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
