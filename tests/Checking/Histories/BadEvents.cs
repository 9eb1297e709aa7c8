namespace Millrace.Checking.Histories;

/// <summary>Which events an operator of the tests cannot take.</summary>
public static class BadEvents
{
    /// <summary>The operator that cannot take them; it counts the others.</summary>
    public const string Operator = "picky";

    private const int OneOf = 53;

    public static bool Are(long number) => number % OneOf == 3;
}
