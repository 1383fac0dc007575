-- why: contacts near a point are found by a box of latitude and longitude within one organisation. Most contacts have no
--      place and are not in it.
-- phase: phase1
-- transaction: none
-- lock: SHARE UPDATE EXCLUSIVE on contacts; reads and writes go on
-- owner: contacts
-- undo: 0120_phase1_contacts_place.down.sql
CREATE INDEX CONCURRENTLY idx_contacts_org_place ON public.contacts
  (org_id, lat, lng)
  WHERE lat IS NOT NULL AND lng IS NOT NULL;
