namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

internal static class Even
{
    /// <summary>The same for all.</summary>
    public static double[] Of(int count)
    {
        double[] values = new double[count];
        Array.Fill(values, 1);
        return values;
    }
}
