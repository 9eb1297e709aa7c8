namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>Measurements may be missing or nonsense; no decision may be.</summary>
internal static class Numbers
{
    /// <summary>Far from where sums and quotients of many of them lose their meaning.</summary>
    private const double Largest = 1e15;

    private const double Least = 1e-9;

    /// <summary>Whatever is not a positive number becomes the average of those that are; 1 if none is. The same array
    /// if nothing had to be replaced.</summary>
    public static double[] Sane(double[] values)
    {
        double sum = 0;
        int good = 0;
        foreach (double value in values)
        {
            if (IsSane(value))
            {
                sum += value;
                good++;
            }
        }

        if (good == values.Length)
        {
            return values;
        }

        double average = good > 0 ? sum / good : 1;
        return [.. values.Select(v => IsSane(v) ? v : average)];
    }

    private static bool IsSane(double value) => value is >= Least and <= Largest;
}
