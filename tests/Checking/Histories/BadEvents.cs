namespace Millrace.Checking.Histories;

/// <summary>Which events an operator of the tests cannot take.</summary>
public static class BadEvents
{
    /// <summary>The operator that cannot take them; it counts the others.</summary>
    public const string Operator = "picky";

    private const int OneOf = 53;
    private const int OneDeadlyOf = 40 * OneOf;
    private const int Deadly = (5 * OneOf) + 3;

    public static bool Are(long number) => number % OneOf == 3;

    /// <summary>A few of those that it cannot take end its process where that is wanted: each costs several
    /// lives.</summary>
    public static bool AreDeadly(long number) => number % OneDeadlyOf == Deadly;
}
