using Millrace.Coordinator.Core.Placement.Planning;

namespace Millrace.Coordinator.Tests.Core.Placement.Planning;

/// <summary>Plan inputs made up from lists of numbers. Loads and capacities are whole and small, so that sums are exact
/// and a twin that adds in another order gets the same.</summary>
internal sealed class AnyPlan
{
    private readonly int[] _numbers;
    private int _at;

    public AnyPlan(int[] numbers)
    {
        _numbers = numbers;
    }

    /// <param name="orphans">Some tasks belong to nobody, or to workers that are gone or leaving.</param>
    /// <param name="newcomers">Some workers have just come and have nothing.</param>
    /// <param name="limits">Pins, cooldowns, classes of tasks, and most tasks per worker.</param>
    public PlanInput Make(bool orphans, bool newcomers, bool limits)
    {
        int workers = 1 + Next(8);
        int tasks = Next(40);
        WorkerRole[] roles = [.. Enumerable.Range(0, workers).Select(w => Role(w, orphans, newcomers))];
        int[] owner = [.. Enumerable.Range(0, tasks).Select(_ => Owner(roles, orphans))];
        return new PlanInput
        {
            Load = [.. owner.Select(_ => (double)(1 + (Next(4) == 0 ? Next(60) : Next(6))))],
            StateBytes = [.. owner.Select(_ => (long)Next(1_000))],
            Owner = owner,
            Capacity = [.. roles.Select(_ => (double)(1 << Next(3)))],
            Role = roles,
            Pin = limits ? [.. owner.Select(o => Next(8) == 0 ? o : PlanInput.Nobody)] : null,
            Resting = limits ? [.. owner.Select(_ => Next(6) == 0)] : null,
            Class = limits ? [.. owner.Select(_ => Next(3))] : null,
            Eligible = limits ? [null, Some(workers), Some(workers)] : [null],
            MaxTasks = limits ? [.. roles.Select((_, w) => Next(4) == 0 ? Most(owner, w) : 0)] : null,
        };
    }

    public int Next(int below)
    {
        if (_at == _numbers.Length)
        {
            return 0;
        }

        return _numbers[_at++] % below;
    }

    private int Most(int[] owner, int worker) => Math.Max(1, owner.Count(o => o == worker) + Next(4));

    private bool[] Some(int workers) => [.. Enumerable.Range(0, workers).Select(_ => Next(3) > 0)];

    private WorkerRole Role(int worker, bool orphans, bool newcomers)
    {
        if (worker == 0)
        {
            return WorkerRole.Open;
        }

        return Next(5) switch
        {
            1 when newcomers => WorkerRole.Newcomer,
            2 when orphans => WorkerRole.Gone,
            3 when orphans => WorkerRole.Leaving,
            4 => WorkerRole.Closed,
            _ => WorkerRole.Open,
        };
    }

    private int Owner(WorkerRole[] roles, bool orphans)
    {
        int worker = Next(roles.Length);
        if (orphans && Next(6) == 0)
        {
            return PlanInput.Nobody;
        }

        return roles[worker] == WorkerRole.Newcomer ? 0 : worker;
    }
}
