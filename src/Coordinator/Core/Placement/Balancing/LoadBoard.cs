using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement.Balancing;

/// <summary>
/// What tasks cost and how fast workers are, learned from what owners report. A worker that needs more time for an
/// event than the others do for events of the same operator is slower. A task's cost is the time that its new events
/// would take a worker of average speed: new ones, because what an owner gets done says little where it can not keep up
/// or works off what lay about; of average speed, so that it stays the same when the task moves. What an event costs
/// and how fast workers are explain each other: both are worked out from what the other one was, so that neither
/// depends on who has which task. Live only: learned anew after a restart.
/// </summary>
internal sealed class LoadBoard(CoordinatorState state, MemberTable members)
{
    /// <summary>Load that rises is believed sooner than load that falls.</summary>
    private const double Rising = 0.5;

    private const double Falling = 0.2;
    private const double SpeedSmoothing = 0.3;

    /// <summary>Reports closer together say little about a rate.</summary>
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(200);

    /// <summary>Owners report what moves about once a second: who is silent for longer does nothing.</summary>
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(3);

    /// <summary>Busy seconds per second below which a worker's speed can not be told.</summary>
    private const double LeastBusy = 0.01;

    private readonly Dictionary<TaskId, Entry> _tasks = [];
    private readonly Dictionary<TaskOwner, double> _speeds = [];

    /// <summary>Notes what an owner says. Warm copies do not count: they work for a moment only.</summary>
    public void Report(TaskProgressed progressed, TimeSpan now)
    {
        if (members.InSession(progressed.Worker, progressed.Session) is not { } member)
        {
            return;
        }

        foreach (TaskProgress progress in progressed.Tasks)
        {
            if (state.Assignments.Find(progress.Task) is { } task
                && task.Epoch == progress.Epoch
                && task.Owner == member.Owner)
            {
                Note(progress, now);
            }
        }
    }

    /// <summary>Works out speeds and costs. To be called every few seconds.</summary>
    public void Refresh(TimeSpan now)
    {
        Forget();
        var busy = new Dictionary<TaskOwner, double>();
        foreach (AssignedTask task in state.Assignments.All)
        {
            if (Find(task) is { } entry)
            {
                entry.FadeIfSilent(now);
                entry.NoteStored(state.Partitions.Get(task.Partition).NextOffset, now);
                busy[task.Owner] = busy.GetValueOrDefault(task.Owner) + entry.BusyRate;
            }
        }

        Dictionary<string, double> costs = EventCosts(busy);
        LearnSpeeds(busy, costs);
        foreach (AssignedTask task in state.Assignments.All)
        {
            if (Find(task) is { HasRate: true } entry)
            {
                bool known = busy[task.Owner] >= LeastBusy;
                entry.LearnCost(
                    known ? SpeedOf(task.Owner) : double.NaN,
                    costs.GetValueOrDefault(state.Jobs.Get(task.Job).Operator));
            }
        }
    }

    /// <summary>Busy seconds per second of a worker of average speed; NaN: not known.</summary>
    public double CostOf(TaskId task) => _tasks.TryGetValue(task, out Entry? entry) ? entry.Cost : double.NaN;

    /// <summary>New events per second.</summary>
    public double RateOf(TaskId task) => _tasks.TryGetValue(task, out Entry? entry) ? entry.StoredRate : 0;

    /// <summary>1: as fast as the average; NaN: not known.</summary>
    public double SpeedOf(TaskOwner worker) => _speeds.GetValueOrDefault(worker, double.NaN);

    private Entry? Find(AssignedTask task) =>
        _tasks.TryGetValue(task.Id, out Entry? entry) && entry.Epoch == task.Epoch ? entry : null;

    private void Note(TaskProgress progress, TimeSpan now)
    {
        if (!_tasks.TryGetValue(progress.Task, out Entry? entry))
        {
            _tasks[progress.Task] = entry = new Entry();
        }

        entry.Note(progress, now);
    }

    /// <summary>Busy seconds that a worker of average speed needs for an event, by operator. Told by workers that have
    /// enough to do, if an operator has such.</summary>
    private Dictionary<string, double> EventCosts(Dictionary<TaskOwner, double> busy)
    {
        var told = new Dictionary<(string Operator, bool Busy), (double Busy, double Events)>();
        foreach (AssignedTask task in state.Assignments.All)
        {
            if (Find(task) is { EventRate: > 0 } entry)
            {
                (string, bool) by = (state.Jobs.Get(task.Job).Operator, busy[task.Owner] >= LeastBusy);
                (double sum, double events) = told.GetValueOrDefault(by);
                told[by] = (
                    sum + entry.BusyRate * _speeds.GetValueOrDefault(task.Owner, 1), events + entry.EventRate);
            }
        }

        var costs = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (((string name, bool isBusy), (double sum, double events)) in told)
        {
            if (isBusy || !told.ContainsKey((name, true)))
            {
                costs[name] = sum / events;
            }
        }

        return costs;
    }

    /// <summary>How much sooner a worker was done than the average would have been.</summary>
    private void LearnSpeeds(Dictionary<TaskOwner, double> busy, Dictionary<string, double> costs)
    {
        var expected = new SortedDictionary<TaskOwner, double>();
        foreach (AssignedTask task in state.Assignments.All)
        {
            if (Find(task) is { EventRate: > 0 } entry)
            {
                expected[task.Owner] = expected.GetValueOrDefault(task.Owner)
                    + entry.EventRate * costs[state.Jobs.Get(task.Job).Operator];
            }
        }

        foreach ((TaskOwner worker, double sum) in expected)
        {
            if (busy[worker] >= LeastBusy && sum > 0)
            {
                double speed = sum / busy[worker];
                double before = _speeds.GetValueOrDefault(worker, speed);
                _speeds[worker] = before + SpeedSmoothing * (speed - before);
            }
        }

        double average = _speeds.Count > 0 ? _speeds.Values.Average() : 1;
        foreach (TaskOwner worker in _speeds.Keys.ToArray())
        {
            _speeds[worker] /= average;
        }
    }

    private void Forget()
    {
        foreach (TaskOwner gone in _speeds.Keys.Where(o => members.Holder(o) is null).ToArray())
        {
            _speeds.Remove(gone);
        }

        if (_tasks.Count > state.Assignments.Count)
        {
            foreach (TaskId gone in _tasks.Keys.Where(t => state.Assignments.Find(t) is null).ToArray())
            {
                _tasks.Remove(gone);
            }
        }
    }

    private sealed class Entry
    {
        private ulong _busyUs;
        private ulong _offset;
        private TimeSpan _at;
        private ulong _stored;
        private TimeSpan? _storedAt;
        private bool _hasStoredRate;

        /// <summary>Of the grant that the rates are of.</summary>
        public Epoch Epoch { get; private set; }

        public bool HasRate { get; private set; }

        public double BusyRate { get; private set; }

        public double EventRate { get; private set; }

        /// <summary>New events of its partition, per second.</summary>
        public double StoredRate { get; private set; }

        /// <summary>Kept when the task moves, until its new owner's reports say otherwise.</summary>
        public double Cost { get; private set; } = double.NaN;

        public void Note(TaskProgress progress, TimeSpan now)
        {
            if (Epoch != progress.Epoch || progress.BusyUs < _busyUs || progress.NextOffset < _offset)
            {
                (Epoch, HasRate, BusyRate, EventRate) = (progress.Epoch, false, 0, 0);
                Remember(progress, now);
                return;
            }

            TimeSpan gap = now - _at;
            if (gap < _shortest)
            {
                return;
            }

            double busy = (progress.BusyUs - _busyUs) / gap.TotalMicroseconds;
            double events = (progress.NextOffset - _offset) / gap.TotalSeconds;
            double weight = !HasRate ? 1 : busy > BusyRate ? Rising : Falling;
            BusyRate += weight * (busy - BusyRate);
            EventRate += weight * (events - EventRate);
            HasRate = true;
            Remember(progress, now);
        }

        public void FadeIfSilent(TimeSpan now)
        {
            if (HasRate && now - _at > _silence)
            {
                BusyRate *= 1 - Falling;
                EventRate *= 1 - Falling;
            }
        }

        /// <param name="nextOffset">Of its partition.</param>
        public void NoteStored(ulong nextOffset, TimeSpan now)
        {
            if (_storedAt is { } before && now > before && nextOffset >= _stored)
            {
                double rate = (nextOffset - _stored) / (now - before).TotalSeconds;
                double weight = !_hasStoredRate ? 1 : rate > StoredRate ? Rising : Falling;
                StoredRate += weight * (rate - StoredRate);
                _hasStoredRate = true;
            }

            (_stored, _storedAt) = (nextOffset, now);
        }

        /// <summary>Where the owner's speed can not be told now, nor can what its events cost: taken as they came, they
        /// would cost something else on each worker, and a plan would never be content.</summary>
        /// <param name="speed">Of the owner; NaN: it can not be told.</param>
        /// <param name="average">Busy seconds that a worker of average speed needs for an event of the
        /// operator.</param>
        public void LearnCost(double speed, double average)
        {
            double rate = _hasStoredRate ? StoredRate : EventRate;
            Cost = double.IsNaN(speed) ? rate * average
                : (_hasStoredRate && EventRate > 0 ? StoredRate * BusyRate / EventRate : BusyRate) * speed;
        }

        private void Remember(TaskProgress progress, TimeSpan now) =>
            (_busyUs, _offset, _at) = (progress.BusyUs, progress.NextOffset, now);
    }
}
