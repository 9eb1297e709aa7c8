using Millrace.Coordinator.Core.Placement.Planning;
using Millrace.Coordinator.Core.Placement.Planning.Strategies;

namespace Millrace.Coordinator.Tests.Core.Placement.Planning;

public sealed class PlannerPropertyTests
{
    private const int Tests = 500;
    private const int Longest = 200;

    private static IStrategy Any(AnyPlan any) => StrategyTable.All[any.Next(StrategyTable.All.Count)];

    private static Plan Make(PlanInput input, PlanOptions? options = null, IStrategy? strategy = null) =>
        Planner.Make(input, options ?? PlanOptions.Default, strategy ?? StrategyTable.Default);

    private static PlanInput After(PlanInput input, Plan plan)
    {
        int[] owner = [.. input.Owner];
        bool[] resting = input.Resting is { } rests ? [.. rests] : new bool[input.Tasks];
        foreach (PlannedMove move in plan.Moves)
        {
            owner[move.Task] = move.To;
            resting[move.Task] = true;
        }

        return new PlanInput
        {
            Load = input.Load,
            StateBytes = input.StateBytes,
            Owner = owner,
            Capacity = input.Capacity,
            Role = [.. input.Role.Select(r => r == WorkerRole.Newcomer ? WorkerRole.Open : r)],
            Pin = input.Pin,
            Resting = resting,
            Class = input.Class,
            Eligible = input.Eligible,
            MaxTasks = input.MaxTasks,
        };
    }

    private static double Imbalance(PlanInput input)
    {
        int[] live = [.. Enumerable.Range(0, input.Workers).Where(w => input.Role[w] <= WorkerRole.Closed)];
        double mean = input.Load.Sum() / live.Sum(w => input.Capacity[w]);
        return mean == 0
            ? 1
            : live.Max(w => input.Owner.Zip(input.Load).Where(p => p.First == w).Sum(p => p.Second)
                / input.Capacity[w]) / mean;
    }

    private static bool IsOrphan(PlanInput input, int task) =>
        input.Owner[task] < 0 || input.Role[input.Owner[task]] > WorkerRole.Closed;

    [Test]
    public void Plan_WithBudget_StaysWithinIt() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(any.Next(2) == 0, any.Next(2) == 0, any.Next(2) == 0);
        PlanOptions options = PlanOptions.Default with
        {
            MaxMoves = any.Next(6),
            MaxBytes = any.Next(4_000),
            Full = any.Next(3) == 0,
        };
        Plan plan = Make(input, options, Any(any));
        PlannedMove[] planned = [.. plan.Moves.Where(m => !IsOrphan(input, m.Task))];
        return planned.Length <= options.MaxMoves
            && planned.Sum(m => input.StateBytes[m.Task]) <= options.MaxBytes
            && plan.BytesMoved == plan.Moves.Sum(m => input.StateBytes[m.Task]);
    });

    [Test]
    public void Plan_AnyInput_MovesWhatMayMoveToWhereItMayGo() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(any.Next(2) == 0, any.Next(2) == 0, limits: true);
        Plan plan = Make(input, PlanOptions.Default with { Full = any.Next(3) == 0 }, Any(any));
        int[] held = new int[input.Workers];
        foreach (int owner in After(input, plan).Owner.Where(o => o >= 0))
        {
            held[owner]++;
        }

        return plan.Moves.Select(m => m.Task).Distinct().Count() == plan.Moves.Count
            && plan.Moves.All(m => IsAllowed(input, m) && held[m.To] <= Most(input, m.To));
    });

    private static int Most(PlanInput input, int worker) =>
        input.MaxTasks is { } most && most[worker] > 0 ? most[worker] : int.MaxValue;

    private static bool IsAllowed(PlanInput input, PlannedMove move)
    {
        bool orphan = IsOrphan(input, move.Task);
        bool rests = input.Resting is { } resting && resting[move.Task];
        bool away = input.Pin is { } pin && pin[move.Task] >= 0 && pin[move.Task] != move.To;
        bool[]? eligible = input.Eligible[input.Class is { } classes ? classes[move.Task] : 0];
        return move.From == input.Owner[move.Task]
            && move.From != move.To
            && input.Role[move.To] <= WorkerRole.Newcomer
            && (eligible is null || eligible[move.To])
            && (orphan || (!rests && !away));
    }

    [Test]
    public void Plan_WithoutOrphans_NeverRaisesTheLargestUtilisation() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(orphans: false, any.Next(2) == 0, any.Next(2) == 0);
        Plan plan = Make(input, PlanOptions.Default with { Full = any.Next(3) == 0 });
        double after = Imbalance(After(input, plan));
        return Math.Abs(plan.ImbalanceBefore - Imbalance(input)) < 1e-9
            && Math.Abs(plan.ImbalanceAfter - after) < 1e-9
            && after <= plan.ImbalanceBefore + 1e-9
            && (after <= PlanOptions.Default.Stop + 1e-9 || plan.Bound != PlanBound.None);
    });

    /// <summary>Whatever worker has it: the plan finds the one where it weighs least.</summary>
    [Test]
    public void Plan_OneHeavyTaskAmongLightOnes_ComesToTheBound() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        int workers = 2 + any.Next(5);
        int[] owner = [any.Next(workers), .. Enumerable.Range(0, 60 * workers).Select(t => t % workers)];
        var input = new PlanInput
        {
            Load = [10 + any.Next(400), .. Enumerable.Repeat(1.0, owner.Length - 1)],
            StateBytes = new long[owner.Length],
            Owner = owner,
            Capacity = [.. Enumerable.Range(0, workers).Select(_ => (double)(1 << any.Next(3)))],
            Role = new WorkerRole[workers],
        };
        Plan plan = Make(input);
        return plan.ImbalanceBefore <= PlanOptions.Default.Start
            || plan.ImbalanceAfter <= Math.Max(plan.LowerBound, PlanOptions.Default.Stop) * 1.02;
    });

    [Test]
    public void Plan_OfAPlannedCluster_IsEmpty() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(orphans: false, newcomers: false, any.Next(2) == 0);
        return Make(After(input, Make(input))).Moves.Count == 0;
    });

    [Test]
    public void Plan_OfAnyCluster_ComesToAnEnd() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(orphans: true, newcomers: true, any.Next(2) == 0);
        PlanOptions options = PlanOptions.Default with { Full = any.Next(2) == 0 };
        for (int round = 0; round < 6; round++)
        {
            input = After(input, Make(input, options));
        }

        return Make(input, options).Moves.Count == 0;
    });

    [Test]
    public void Plan_OfTheSameInput_IsTheSame() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(any.Next(2) == 0, any.Next(2) == 0, any.Next(2) == 0);
        PlanOptions options = PlanOptions.Default with { Seed = (ulong)any.Next(1_000), Full = any.Next(3) == 0 };
        IStrategy strategy = Any(any);
        Plan one = Make(input, options, strategy);
        Plan other = Make(input, options, strategy);
        return one.Moves.SequenceEqual(other.Moves) && one.Skipped.SequenceEqual(other.Skipped);
    });

    [Test]
    public void Plan_AfterLosses_MovesExactlyTheOrphans() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(orphans: true, any.Next(2) == 0, limits: false);
        IEnumerable<int> orphans = Enumerable.Range(0, input.Tasks).Where(t => IsOrphan(input, t)).ToArray();
        Plan plan = Make(input, PlanOptions.Default with { MaxMoves = 0, MaxBytes = 0 }, Any(any));
        return !orphans.Any() || plan.Moves.Select(m => m.Task).Order().SequenceEqual(orphans);
    });

    [Test]
    public void Plan_WithNewcomers_MovesAtMostAFairCountToEach() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(orphans: false, newcomers: true, limits: false);
        if (!input.Role.Contains(WorkerRole.Newcomer))
        {
            return true;
        }

        double all = input.Capacity.Where((_, w) => input.Role[w] <= WorkerRole.Closed).Sum();
        Plan plan = Make(input);
        return plan.Moves.All(m => m.Reason == PlanReason.WorkerJoined && input.Role[m.To] == WorkerRole.Newcomer)
            && plan.Moves.GroupBy(m => m.To)
                .All(g => g.Count() <= Math.Ceiling(input.Tasks * input.Capacity[g.Key] / all));
    });

    [Test]
    public void Waves_AnyPlan_KeepWorkersAtTwoTransfers() => AnyNumbers.Check(Tests, Longest, numbers =>
    {
        var any = new AnyPlan(numbers);
        PlanInput input = any.Make(any.Next(2) == 0, any.Next(2) == 0, any.Next(2) == 0);
        Plan plan = Make(input, PlanOptions.Default with { Full = any.Next(2) == 0 });
        var transfers = new Dictionary<(int Wave, int Worker), int>();
        foreach (PlannedMove move in plan.Moves)
        {
            bool sends = move.From >= 0 && input.Role[move.From] != WorkerRole.Gone;
            foreach (int worker in sends ? new[] { move.From, move.To } : [move.To])
            {
                int count = transfers.GetValueOrDefault((move.Wave, worker)) + 1;
                transfers[(move.Wave, worker)] = count;
            }
        }

        return transfers.Values.All(t => t <= 2);
    });
}
