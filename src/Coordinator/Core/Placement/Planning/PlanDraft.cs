namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>A plan in the making: every change goes through here, so that workers' loads, the indexes and the budget
/// stay in step.</summary>
internal sealed class PlanDraft
{
    private const int MostSkipped = 256;

    private readonly List<PlannedMove> _moves;
    private readonly List<SkippedMove> _skipped = [];
    private readonly List<int> _tooHeavy = [];
    private readonly HashSet<int> _skippedTasks = [];
    private readonly Waves _waves;
    private readonly bool[] _moved;
    private readonly double _imbalanceBefore;
    private long _bytes;
    private int _movesLeft;
    private long _bytesLeft;

    public PlanDraft(PlanInput input, PlanOptions options)
    {
        Input = input;
        Options = options;
        _moves = new List<PlannedMove>(options.Full ? input.Tasks : 0);
        Fleet = new Fleet(input, Numbers.Sane(input.Load));
        Cold = new ColdIndexes(Fleet, input);
        _moved = new bool[input.Tasks];
        _waves = new Waves(input.Workers, options.TransfersPerWorker);
        _imbalanceBefore = Fleet.Imbalance();
        (_movesLeft, _bytesLeft) = (options.MaxMoves, options.MaxBytes);
    }

    public PlanInput Input { get; }

    public PlanOptions Options { get; }

    public Fleet Fleet { get; }

    public ColdIndexes Cold { get; }

    public PlanBound Bound { get; set; }

    public int MoveCount => _moves.Count;

    /// <summary>Null: more moves are allowed.</summary>
    public SkipReason? OverMoves => _movesLeft <= 0 ? SkipReason.MoveBudget : null;

    public bool HasMoved(int task) => _moved[task];

    public SkipReason? Fixed(int task)
    {
        if (Input.Pin is { } pin && pin[task] >= 0)
        {
            return SkipReason.Pinned;
        }

        return _moved[task] || (Input.Resting is { } resting && resting[task]) ? SkipReason.Cooldown : null;
    }

    public bool MayRun(int task, int worker) =>
        Input.Eligible[Input.Class is { } classes ? classes[task] : 0] is not { } eligible || eligible[worker];

    /// <summary>Null: the budget allows the move.</summary>
    public SkipReason? OverBudget(int task)
    {
        if (OverMoves is { } moves)
        {
            return moves;
        }

        return Input.StateBytes[task] > _bytesLeft ? SkipReason.ByteBudget : null;
    }

    /// <summary>One that has come as far; what either does from now on is not seen by the other. Without what was
    /// skipped so far.</summary>
    public PlanDraft Copy()
    {
        var copy = new PlanDraft(Input, Options);
        _moves.ForEach(m => copy.Move(m.Task, m.From, m.To, m.Reason));
        return copy;
    }

    /// <param name="from">Nobody: it is given to its first owner, or its owner is gone.</param>
    public void Move(int task, int from, int to, PlanReason reason)
    {
        double load = Fleet.TaskLoad[task];
        if (from >= 0)
        {
            Fleet.Take(from, load);
            Cold.Update(from);
        }

        Fleet.Give(to, load);
        Cold.Update(to);
        _moved[task] = true;
        _bytes += Input.StateBytes[task];
        if (reason is not (PlanReason.Initial or PlanReason.WorkerLost or PlanReason.Drain))
        {
            _movesLeft--;
            _bytesLeft -= Input.StateBytes[task];
        }

        int sender = from >= 0 && Input.Role[from] != WorkerRole.Gone ? from : PlanInput.Nobody;
        _moves.Add(new PlannedMove(task, from, to, reason, _waves.Next(sender, to)));
    }

    public void Skip(int task, SkipReason reason)
    {
        if (_skipped.Count < MostSkipped && _skippedTasks.Add(task))
        {
            _skipped.Add(new SkippedMove(task, reason));
        }
    }

    public void NeedsSplit(int task)
    {
        if (_tooHeavy.Count < MostSkipped && !_tooHeavy.Contains(task))
        {
            _tooHeavy.Add(task);
        }
    }

    public Plan Finish()
    {
        double after = Fleet.Imbalance();
        if (Bound == PlanBound.None && after > Options.Stop)
        {
            Bound = after <= Options.Start ? PlanBound.Hysteresis : PlanBound.Tasks;
        }

        return new Plan
        {
            Moves = _moves,
            Skipped = _skipped,
            TooHeavy = _tooHeavy,
            Bound = Bound,
            ImbalanceBefore = _imbalanceBefore,
            ImbalanceAfter = after,
            LowerBound = Fleet.LowerBound(),
            BytesMoved = _bytes,
        };
    }
}
