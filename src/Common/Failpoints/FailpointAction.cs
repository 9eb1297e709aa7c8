namespace Millrace.Common.Failpoints;

internal enum FailpointAction
{
    Kill,
    Sleep,
    Throw,
}
