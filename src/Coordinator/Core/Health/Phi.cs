namespace Millrace.Coordinator.Core.Health;

/// <summary>
/// Phi of the accrual detector: a silence has phi p when a worker that lives would be silent for so long once in 10^p
/// times. Exact for the normal distribution; the logistic curve that is often taken for it is off by a fifth in the
/// very tail where it is used.
/// </summary>
internal static class Phi
{
    private const double Most = 40;
    private const int Halvings = 60;
    private const int Terms = 60;

    /// <summary>Deviations above the mean at which a silence reaches this phi; 0 for a phi of 0.3 and less.</summary>
    public static double Quantile(double phi)
    {
        double low = 0;
        double high = Most;
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Of(middle) < phi ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>-log10 of the chance to be more than this many deviations above the mean.</summary>
    public static double Of(double deviations) => deviations switch
    {
        < 0 => -Math.Log10(1 - Tail(-deviations)),
        < 2 => -Math.Log10(Tail(deviations)),

        // In logarithms: the tail itself is below the smallest number soon.
        _ => (deviations * deviations / 2 + Math.Log(Fraction(deviations) * Math.Sqrt(2 * Math.PI))) / Math.Log(10),
    };

    private static double Tail(double z)
    {
        double density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
        if (z >= 2)
        {
            return density / Fraction(z);
        }

        double term = z;
        double sum = z;
        for (int i = 1; i < Terms; i++)
        {
            term *= z * z / ((2 * i) + 1);
            sum += term;
        }

        return 0.5 - (density * sum);
    }

    /// <summary>z + 1/(z + 2/(z + 3/...)): density over tail. Converges fast from 2 on.</summary>
    private static double Fraction(double z)
    {
        double value = z;
        for (int i = Terms * 2; i > 0; i--)
        {
            value = z + (i / value);
        }

        return value;
    }
}
