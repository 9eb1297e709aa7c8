namespace Millrace.Common.Hosting;

/// <summary>A setting that is on or off.</summary>
public enum Switch
{
    Off,
    On,
}
