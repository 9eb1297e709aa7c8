namespace Millrace.Common.Hosting;

/// <summary>What every Millrace process says when it ends.</summary>
public static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>It was told rightly but could not do it: port in use, data directory locked, damage found.</summary>
    public const int Failed = 1;

    /// <summary>It was told wrongly: unknown key, bad value, bad argument. Trying again changes nothing.</summary>
    public const int Usage = 2;
}
