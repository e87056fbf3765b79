-- Written by hand. An invoice that was put together from an old application's table knows its totals and not always their parts. It says so
-- in its metadata, and the provider's own document may take its place: once, and only by taking the mark away.
CREATE OR REPLACE FUNCTION billhook.guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.metadata ? 'billhook_imported_from' AND NOT NEW.metadata ? 'billhook_imported_from' THEN
    RETURN NEW;
  END IF;
  IF OLD.status <> 'draft' AND (NEW.subtotal, NEW.discount, NEW.tax, NEW.total, NEW.currency, NEW.status = 'draft')
     IS DISTINCT FROM (OLD.subtotal, OLD.discount, OLD.tax, OLD.total, OLD.currency, false) THEN
    RAISE EXCEPTION 'invoice % is finalized and cannot change', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
  END IF;
  IF OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number THEN
    RAISE EXCEPTION 'invoice % keeps its number', OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
  END IF;
  RETURN NEW;
END $$;
