// The people a campaign calls, from a list.
import { ListImport, type Outcome } from "../ui/ListImport.tsx";
import { P } from "./words.ts";

interface Taken extends Outcome {
  imported: number | null;
  already_there: number | null;
  on_dnc: number;
  any_hour: number;
  notes: string[];
}

interface Props {
  name: string;
  onTaken: () => Promise<void>;
  onClose: () => void;
}

export function LeadsDialog({ name, onTaken, onClose }: Props) {
  return (
    <ListImport<Taken>
      title={P.campaigns.leadsOf(name)}
      about={P.campaigns.columns}
      into={{ into: "leads", campaign: name }}
      go={P.campaigns.take}
      told={told}
      onTaken={onTaken}
      onClose={onClose}
    />
  );
}

function told({ good, bad, imported, already_there, on_dnc, any_hour, notes }: Taken): string[] {
  const first = imported === null ? P.campaigns.would(good, bad) : P.campaigns.done(imported, already_there ?? 0, bad);
  return [first, ...(on_dnc ? [P.campaigns.dnc(on_dnc)] : []), ...(any_hour ? [P.campaigns.anyHour(any_hour)] : []), ...notes];
}
