namespace Millrace.Worker.Run;

/// <summary>The snapshot store cannot be reached at the moment; trying again later is all that there is to
/// do.</summary>
internal sealed class StoreUnavailableException(string why) : Exception(why);
