using Millrace.Common.Files;
using Millrace.Simulation.Disk;
using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Coordinators;

/// <summary>The coordinator's disk with everything that may be wrong with it.</summary>
internal sealed class CoordinatorDisk
{
    private const int IoErrno = 5;
    private const int NoSpaceErrno = 28;

    private readonly Scheduler _scheduler;
    private readonly SimRandom _random;
    private readonly long _maxSyncUs;
    private int _diesAfter;
    private int _failsAfter;
    private int _failure;
    private PowerLoss? _lossAtDeath;
    private int _slowness = 1;
    private bool _full;
    private (SimFile File, int Offset, byte Wrong)? _flipped;
    private int _bit;

    public CoordinatorDisk(Scheduler scheduler, SimRandom random, long maxSyncUs)
    {
        _scheduler = scheduler;
        _random = random;
        _maxSyncUs = maxSyncUs;
        Disk = new SimDisk(random.Fork("disk")) { Before = Interrupt };
    }

    public SimDisk Disk { get; }

    /// <summary>A bit of what is stored is wrong at present.</summary>
    public bool IsDamaged => _flipped is not null;

    public bool IsFull => _full;

    /// <summary>How long a write and its sync take.</summary>
    public long SyncUs() => _random.Between(_maxSyncUs / 10, _maxSyncUs) * _slowness;

    /// <summary>The process dies at one of the next operations.</summary>
    /// <param name="loss">What the power takes with it; null: the power stays.</param>
    public void DieAfter(int operations, PowerLoss? loss)
    {
        _diesAfter = operations;
        _lossAtDeath = loss;
    }

    /// <summary>One of the next operations fails.</summary>
    /// <param name="noSpace">As a full disk does that takes space only when it is written to.</param>
    public void FailAfter(int operations, bool noSpace)
    {
        _failsAfter = operations;
        _failure = noSpace ? NoSpaceErrno : IoErrno;
    }

    public void SlowDown(int times, long forUs)
    {
        _slowness = times;
        _scheduler.After(forUs, () => _slowness = 1);
    }

    public void FillUp(long forUs)
    {
        _full = true;
        _scheduler.After(forUs, () => _full = false);
    }

    public void LosePower(PowerLoss loss) => Disk.LosePower(loss);

    public void Heal()
    {
        _diesAfter = 0;
        _failsAfter = 0;
        _slowness = 1;
        _full = false;
    }

    /// <summary>What the process that just died takes with it.</summary>
    public void ProcessDied()
    {
        if (_lossAtDeath is { } loss)
        {
            _lossAtDeath = null;
            Disk.LosePower(loss);
        }
    }

    /// <summary>A bit turns over at rest.</summary>
    public void Flip(SimFile file, int offset)
    {
        _bit = _random.Below(8);
        file.FlipBit(offset, _bit);
        _flipped = (file, offset, file.Content[offset]);
    }

    /// <summary>Puts a damaged byte right, as an operator does who has a copy of the disk; nothing to do when it has
    /// been written over.</summary>
    public void Repair()
    {
        if (_flipped is var (file, offset, wrong) && file.Content[offset] == wrong)
        {
            file.FlipBit(offset, _bit);
        }

        _flipped = null;
    }

    private void Interrupt(DiskOperation operation, string path)
    {
        if (_diesAfter > 0 && --_diesAfter == 0)
        {
            throw new ProcessDiedException($"died at {operation} of {path}");
        }

        if (_failsAfter > 0 && --_failsAfter == 0)
        {
            throw new FileFailure(operation.ToString(), path, _failure);
        }

        if (_full && operation == DiskOperation.Create && path.StartsWith("/journal/", StringComparison.Ordinal))
        {
            throw new FileFailure(operation.ToString(), path, NoSpaceErrno);
        }
    }
}
