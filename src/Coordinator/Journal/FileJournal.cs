using Millrace.Common.Files;
using Millrace.Coordinator.Core.Incidents;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// The journal in local files. One thread writes and syncs frames, another has the next segment ready, so that the
/// loop never waits for the disk. A failure of either ends the process: what is on the disk is then for recovery to
/// find out.
/// </summary>
internal sealed class FileJournal : IJournal
{
    /// <summary>How long to wait before asking again a disk that had no space.</summary>
    private static readonly TimeSpan _spaceRetry = TimeSpan.FromMilliseconds(250);

    private readonly JournalEngine _engine;
    private readonly ulong _incarnation;
    private readonly TimeProvider _time;
    private readonly Action<string, Exception> _fatal;
    private readonly Thread _writer;
    private readonly Thread _keeper;
    private readonly AutoResetEvent _keeperWake = new(initialState: true);
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly object _gate = new();
    private readonly Queue<(SealedFrame Frame, Action<SealedFrame>? Durable)> _handedOver = new();
    private int _outstanding;
    private volatile bool _stopping;
    private volatile bool _failed;

    /// <param name="engine">Recovered; is disposed with this.</param>
    /// <param name="incarnation">Of this life of the coordinator; durable already.</param>
    /// <param name="fatal">Must end the process: gets what was being done and why it failed.</param>
    public FileJournal(
        JournalEngine engine, ulong incarnation, TimeProvider time, Action<string, Exception> fatal)
    {
        _engine = engine;
        _incarnation = incarnation;
        _time = time;
        _fatal = fatal;
        _writer = new Thread(RunWriter) { IsBackground = true, Name = "journal-writer" };
        _keeper = new Thread(RunKeeper) { IsBackground = true, Name = "journal-keeper" };
        _writer.Start();
        _keeper.Start();
    }

    public JournalGeometry Geometry => _engine.Geometry;

    public ulong DurableEnd => _engine.DurableEnd;

    public ulong FirstPosition => _engine.FirstPosition;

    public ulong NextPosition => _engine.NextPosition;

    public FramePlace NextPlace() => _engine.NextPlace(_incarnation);

    public bool CanStore(int bytes)
    {
        bool can = _engine.CanStore(bytes);
        if (!can)
        {
            _keeperWake.Set();
        }

        return can;
    }

    public void Write(SealedFrame frame, Action<SealedFrame> durable) => HandOver(frame, durable);

    /// <summary>Is told of damage that a reader comes upon; returns at once.</summary>
    public Action<DamageFound>? Damaged { get; set; }

    public SealedFrame? Read(ulong position)
    {
        try
        {
            return _engine.Read(position);
        }
        catch (Exception error) when (error is JournalDamagedException or FileFailure { IsUnreadable: true })
        {
            if (_engine.Check(position)?.Damage is { } damage)
            {
                Damaged?.Invoke(damage);
            }

            throw;
        }
    }

    /// <inheritdoc cref="JournalEngine.Check"/>
    public FrameCheck? Check(ulong position) => _engine.Check(position);

    public void Trim(ulong below)
    {
        ulong before = _engine.FirstPosition;
        _engine.Trim(below);
        if (_engine.FirstPosition > before)
        {
            _keeperWake.Set();
        }
    }

    public void Mark()
    {
        lock (_gate)
        {
            if (_outstanding > 0 || _failed || _stopping)
            {
                return;
            }
        }

        if (SealMark() is { } mark)
        {
            HandOver(mark, durable: null);
        }
    }

    /// <summary>Waits for what was handed over, writes a last mark and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _stop.Set();
        _keeperWake.Set();
        await Task.Run(() =>
        {
            _writer.Join();
            _keeper.Join();
        });
        _keeperWake.Dispose();
        _stop.Dispose();
        _engine.Dispose();
    }

    private SealedFrame? SealMark() =>
        _engine.SealMark(_incarnation, _time.GetUtcNow().ToUnixTimeMilliseconds());

    private void HandOver(SealedFrame frame, Action<SealedFrame>? durable)
    {
        ulong segment = Geometry.SegmentOf(_engine.NextPosition);
        _engine.Begin(frame);
        lock (_gate)
        {
            _outstanding++;
            _handedOver.Enqueue((frame, durable));
            Monitor.PulseAll(_gate);
        }

        if (Geometry.SegmentOf(_engine.NextPosition) != segment)
        {
            _keeperWake.Set();
        }
    }

    private void RunWriter()
    {
        Guard("writing the journal", () =>
        {
            while (Take() is { } next)
            {
                _engine.Append(next.Frame);
                lock (_gate)
                {
                    _outstanding--;
                }

                if (next.Durable is null)
                {
                    next.Frame.Release();
                }
                else
                {
                    next.Durable(next.Frame);
                }
            }

            if (!_failed && SealMark() is { } mark)
            {
                _engine.Begin(mark);
                _engine.Append(mark);
                mark.Release();
            }
        });
    }

    /// <summary>Waits for a frame; null when there will be none.</summary>
    private (SealedFrame Frame, Action<SealedFrame>? Durable)? Take()
    {
        lock (_gate)
        {
            while (_handedOver.Count == 0 && !_stopping && !_failed)
            {
                Monitor.Wait(_gate);
            }

            return _handedOver.Count > 0 && !_failed ? _handedOver.Dequeue() : null;
        }
    }

    private void RunKeeper()
    {
        Guard("preparing the journal's segments", () =>
        {
            while (!_stopping && !_failed)
            {
                if (!_engine.Prepare())
                {
                    _stop.WaitOne(_spaceRetry);
                }

                _keeperWake.WaitOne();
            }
        });
    }

    private void Guard(string doing, Action run)
    {
        try
        {
            run();
        }
        catch (Exception failure)
        {
            lock (_gate)
            {
                _failed = true;
                Monitor.PulseAll(_gate);
            }

            _keeperWake.Set();
            _fatal(doing, failure);
        }
    }
}
