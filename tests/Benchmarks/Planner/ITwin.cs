namespace Millrace.Benchmarks.Planner;

/// <summary>Another way to assign, for comparison.</summary>
internal interface ITwin
{
    string Name { get; }

    /// <param name="owner">As it is; -1: nobody. Not changed.</param>
    /// <param name="alive">Per worker.</param>
    int[] Assign(int[] owner, bool[] alive);
}
